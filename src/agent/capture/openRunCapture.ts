/**
 * One run's capture: hears of its sockets, and when the run has ended hands its packets to the server, if they are wanted.
 * Promises: whatever goes wrong here is a line of the job log; the run's verdict knows nothing of it.
 */
import { Readable } from 'node:stream';
import type { Capture } from '../../checks/kit/capture.ts';
import type { LogLevel, Verdict } from '../../protocol/outcome.ts';
import type { Assignment } from '../../protocol/assignment.ts';
import { LinkError } from '../linkError.ts';
import type { FileFacts, RunFiles } from '../runFiles.ts';
import { captureWish, type CaptureMode, type CaptureWish } from './captureWish.ts';
import type { Taken } from './messages.ts';
import type { Captures, Hold } from './openCaptures.ts';
import type { TimedFlow } from './selectPackets.ts';

export interface RunCapture {
  /** For whoever opens sockets; absent where nothing is captured. */
  readonly capture?: Capture;
  /** The run has ended: its packets become a file of it. Once. Never rejects. */
  end(verdict: Verdict | null): Promise<void>;
}

export interface RunCaptureDeps {
  captures: Captures;
  mode: CaptureMode;
  /** Unix ms. */
  now(): number;
  log(level: LogLevel, msg: string): void;
  files: Pick<RunFiles, 'keep'>;
}

/** Sockets of one run that are remembered, and bytes of its TLS secrets. */
const MOST_FLOWS = 10_000;
const MOST_KEYS = 1024 * 1024;
const PCAP: FileFacts = { type: 'pcap', name: 'capture.pcap', contentType: 'application/vnd.tcpdump.pcap' };
const PCAPNG: FileFacts = { type: 'pcap', name: 'capture.pcapng', contentType: 'application/x-pcapng' };

const NONE: RunCapture = { end: async () => {} };

/**
 * Resolves when packets are being read, or there is nothing to wait for. Never rejects.
 * @param confidential whether the run holds secrets: asked again at its end, for scripts may have got some.
 */
export async function openRunCapture({ variables, egress }: Pick<Assignment, 'variables' | 'egress'>, confidential: () => boolean, deps: RunCaptureDeps): Promise<RunCapture> {
  const wishNow = () => captureWish(variables, deps.mode, confidential());
  const wish = wishNow();
  for (const complaint of wish.complaints) deps.log('WARN', complaint);
  if (wish.keep === 'never') return NONE;
  const hold = await deps.captures.hold(egress?.own ?? []);
  if (typeof hold === 'string') {
    // By itself it is no news: the operator hears of it from `assay doctor`.
    if (wish.asked) deps.log('WARN', `There is no packet capture of this run: ${hold}`);
    return NONE;
  }
  const record = createRecord(deps.now, wish.keys);
  return {
    capture: record.capture,
    async end(verdict) {
      try {
        const kept = wishNow().keep;
        const wanted = kept === 'always' || (kept === 'failure' && (verdict === 'failed' || verdict === 'errored'));
        if (record.flows.length > 0 && verdict !== null && wanted) await keep(hold, record, wish, deps);
      } catch (error) {
        deps.log('WARN', `There is no packet capture of this run: ${(error as Error).message}`);
      } finally {
        hold.release();
      }
    },
  };
}

interface Record { capture: Capture; flows: TimedFlow[]; since: number; keys: Buffer[] }

function createRecord(now: () => number, wantsKeys: boolean): Record {
  const flows: TimedFlow[] = [];
  const keys: Buffer[] = [];
  let room = MOST_KEYS;
  return {
    flows, keys, since: now(),
    capture: {
      flow(flow, agoMs = 0) { if (flows.length < MOST_FLOWS) flows.push({ flow, from: now() - agoMs, until: Number.POSITIVE_INFINITY }); },
      over(flow) {
        const timed = flows.findLast((one) => one.flow === flow);
        if (timed) timed.until = now();
      },
      tlsKeys(line) {
        if (!wantsKeys || line.length > room) return;
        room -= line.length;
        keys.push(line);
      },
    },
  };
}

async function keep(hold: Hold, { flows, since, keys }: Record, wish: CaptureWish, { files, log }: RunCaptureDeps): Promise<void> {
  const secrets = keys.length > 0 ? new Uint8Array(Buffer.concat(keys)) : null;
  const taken = await hold.take({ flows, since, keys: secrets });
  for (const sentence of missing(taken)) log('WARN', sentence);
  const { bytes, packets } = taken;
  if (bytes === null) {
    if (wish.asked) log('WARN', 'There is no packet capture of this run: no packet of its connections was seen.');
    return;
  }
  try {
    const file = secrets ? PCAPNG : PCAP;
    await files.keep(file, bytes.length, () => Readable.from([bytes], { objectMode: false }));
    log('DEBUG', `Packet capture: ${packets} packet(s) in ${file.name}${secrets ? ', with the secrets of its TLS connections' : ''}`);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    if (error.kind === 'refused') log('WARN', `The packet capture is not kept: the server did not take it: ${error.message}`);
  }
}

function missing({ left, lost, whole }: Taken): string[] {
  return [
    ...(left > 0 ? [`The packet capture is cut at 5 MB: ${left} later packet(s) are left out.`] : []),
    ...(lost > 0 ? [`The packet capture may have gaps: while this run was under way, ${lost} packet(s) of this machine were lost.`] : []),
    ...(whole ? [] : ['The packet capture begins late: more has passed on this machine since than is held in memory.']),
  ];
}
