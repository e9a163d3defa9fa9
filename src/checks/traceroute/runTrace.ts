/**
 * Runs the system's `traceroute` (Dmitry Butskoy's): three probes a hop, many hops at once, each answer read as it comes.
 * Promises: settles within the limit, never rejects, leaves no process behind; what was seen before the end is kept.
 * Never: a shell or a name; the address is numeric, so that nothing a user wrote reaches the command line.
 */
import { runProgram, type MachineFaults, type ProgramRun } from '../kit/runProgram.ts';
import type { Capture } from '../kit/capture.ts';
import { isSilent } from './judgeTrace.ts';
import type { TraceProtocol, TraceRequest } from './schema.ts';
import { readTraceOutput, type PrintedHop } from './traceOutput.ts';
import { waitTurn } from './waitTurn.ts';

export interface TraceOptions {
  request: Pick<TraceRequest, 'protocol' | 'port' | 'ipFamily' | 'maxHops' | 'maxUnknownHops' | 'timeout'>;
  /** Of the target, numeric. */
  address: string;
  /** ms that are left for the trace. */
  limitMs: number;
  signal: AbortSignal;
  /** Monotonic clock in ms. */
  tick(): number;
  /** Hears how the probes can be recognized; the probes are marked only for who listens. */
  flow?: Capture['flow'] | undefined;
  /** The program to run; for tests. */
  program: string;
}

export type TraceRun = (Extract<ProgramRun, { kind: 'ran' }> & { hops: PrintedHop[] }) | Extract<ProgramRun, { kind: 'unavailable' }>;

const PROBES_PER_HOP = 3;
/** So many that fifteen silent hops (the default) are waited for in two rounds. Only SCTP goes one by one. */
const PROBES_AT_ONCE = 24;

const FAULTS: MachineFaults = {
  name: 'traceroute',
  missing: 'Traceroute checks need the program `traceroute`, which was not found on this agent. Install it: `apt-get install traceroute` (Debian, Ubuntu) or `dnf install traceroute` (Fedora, RHEL).',
  forbidden: 'Traceroute checks over TCP, ICMP and SCTP need the right to send raw packets, which `traceroute` does not have on this agent; only UDP does without. Grant it with `setcap cap_net_raw+ep $(readlink -f $(command -v traceroute))`, or, in a container, with the capability NET_RAW.',
  foreign: 'Traceroute checks need the `traceroute` of Dmitry Butskoy (traceroute.sourceforge.net); the one on this agent does not know its options. Install it: `apt-get install traceroute` or `dnf install traceroute`.',
};

/**
 * Seconds that a probe waits for its answer: a fifth of the time, so that a silent end is told from a long way. SCTP probes go one
 * by one (nothing in them tells their answers apart), so theirs is shorter.
 */
function waitSeconds({ protocol, timeout }: TraceOptions['request']): number {
  return protocol === 'SCTP' ? Math.min(1, Math.max(0.3, timeout / 20)) : Math.min(2, Math.max(0.3, timeout / 5));
}

/** What TCP segments and datagrams are marked with: within what every network lets pass, and beyond the usual. */
const MARKS = { tcp: 1_221, udp: 101, sctp: 101 };
const MARKS_IN_USE = 200;
let marked = 0;

/** A mark that the next 199 traces do not have. */
function nextMark(probes: 'tcp' | 'udp' | 'sctp'): number {
  marked = (marked + 1) % MARKS_IN_USE;
  return MARKS[probes] + marked;
}

/** The options of the protocol, and the length of packets where that is the mark. */
function probeOptions({ protocol, port = 0 }: TraceOptions['request'], mark: number | null): { options: string[]; length: string[] } {
  const length = mark === null || protocol === 'TCP' ? [] : [String(mark)];
  if (protocol === 'TCP') return { options: ['-T', '-p', String(port), '-O', mark === null ? 'info' : `info,mss=${mark}`], length };
  if (protocol === 'UDP') return { options: ['-U', '-p', String(port)], length };
  return { options: protocol === 'ICMP' ? ['-I'] : ['-P', '132'], length };
}

/** Traces the way to `address`. */
export async function runTrace({ request, address, limitMs, signal, tick, flow, program }: TraceOptions): Promise<TraceRun> {
  const { protocol, port = null, ipFamily, maxHops, maxUnknownHops } = request;
  const probes = protocol === 'TCP' ? 'tcp' : protocol === 'UDP' ? 'udp' : 'sctp';
  const mark = flow && protocol !== 'ICMP' ? nextMark(probes) : null;
  if (mark !== null) flow?.({ protocol: 'trace', probes, mark, remote: { address, port: protocol === 'SCTP' ? null : port } });
  const { options, length } = probeOptions(request, mark);
  // No probe is given up for being slower than its neighbours (the two zeros): that would be shown as loss.
  const wait = `${waitSeconds(request)},0,0`;
  const args = [ipFamily === 'IPv6' ? '-6' : '-4', '-n', '-q', String(PROBES_PER_HOP), '-N', String(PROBES_AT_ONCE), '-w', wait, '-m', String(maxHops), ...options, address, ...length];
  const startedAt = tick();
  const runFor = (ms: number) => runProgram(program, args, {
    faults: FAULTS, limitMs: Math.max(1, ms), signal,
    enough: (output) => isSilent(readTraceOutput(output), { maxUnknownHops, probes: PROBES_PER_HOP }),
    // Its echo requests bear the number of the process, as long as it may send raw packets. On a busy machine they have left before it is known here.
    started: protocol === 'ICMP' && flow ? (pid) => flow({ protocol: 'icmp', id: pid & 0xffff, remote: { address } }, tick() - startedAt) : undefined,
  });
  const run = protocol === 'SCTP' ? await alone(address, { limitMs, signal, tick }, runFor) : await runFor(limitMs);
  return run.kind === 'ran' ? { ...run, hops: readTraceOutput(run.output) } : run;
}

/** The system gives what comes back for bare IP packets to everybody who sends such packets to the same target: one at a time. */
async function alone(address: string, { limitMs, signal, tick }: Pick<TraceOptions, 'limitMs' | 'signal' | 'tick'>, runFor: (ms: number) => Promise<ProgramRun>): Promise<ProgramRun> {
  const startedAt = tick();
  const endTurn = await waitTurn(address, limitMs, signal);
  if (endTurn === null) return { kind: 'ran', ended: signal.aborted ? 'signal' : 'limit', output: '', complaint: '' };
  try {
    return await runFor(limitMs - (tick() - startedAt));
  } finally {
    endTurn();
  }
}

export interface TraceAvailability {
  ok: boolean;
  /** What can be sent here. */
  protocols: TraceProtocol[];
  /** What to install or to allow; null when nothing. */
  reason: string | null;
}

/** Which protocols this machine can trace with, by tracing the way to itself. `program` is for tests. */
export async function traceAvailability(program = 'traceroute'): Promise<TraceAvailability> {
  const runs = await Promise.all((['TCP', 'UDP', 'ICMP', 'SCTP'] as const).map(async (protocol) => {
    const request = { protocol, port: 33_434, ipFamily: 'IPv4', maxHops: 1, maxUnknownHops: 1, timeout: 5 } as const;
    return { protocol, run: await runTrace({ request, address: '127.0.0.1', limitMs: 5_000, signal: new AbortController().signal, tick: () => 0, program }) };
  }));
  const reasonOf = (run: TraceRun) => (run.kind === 'unavailable' ? run.reason : run.complaint === '' ? null : `\`traceroute\` does not work on this agent: ${run.complaint}`);
  const reasons = runs.map(({ run }) => reasonOf(run)).filter((reason) => reason !== null);
  return { ok: reasons.length === 0, protocols: runs.filter(({ run }) => reasonOf(run) === null).map(({ protocol }) => protocol), reason: reasons[0] ?? null };
}
