/**
 * What a trace has found: how it ended, and whether the destination was reached (B.12, "Arrival").
 * Promises: the same for the same output, however it came in pieces. Never: a verdict on the check.
 */
import type { Answer, PrintedHop } from './traceOutput.ts';
import type { TraceProtocol } from './schema.ts';

/** `refused`: a router, or the target itself, said that it goes no further in another way than the protocol's. */
export type Ending = 'destinationReached' | 'maxHops' | 'maxUnknownHops' | 'timeout' | 'refused' | 'fault';

export interface TraceFindings {
  /** Up to where it ended. */
  hops: PrintedHop[];
  ending: Ending;
  /** ms, of the probes that arrived; empty unless the destination was reached. */
  arrivals: number[];
  /** Who refused, when `ending` says so. */
  refusedBy: Answer | null;
}

export interface Trace {
  hops: PrintedHop[];
  /** Whether the program was stopped because the time was up, or ended by itself. */
  ended: 'limit' | 'other';
  protocol: TraceProtocol;
  /** Of the target. */
  address: string;
  maxHops: number;
  maxUnknownHops: number;
}

/** Only SYN-ACK and RST have flags; UDP and SCTP arrive where the target itself finds nobody to give the packet to; ICMP by an echo reply, which is no refusal. */
function arrived({ address, flags, refusal }: Answer, protocol: TraceProtocol, target: string): boolean {
  if (address !== target) return false;
  if (protocol === 'TCP') return flags !== null && /\b(rst|syn,ack)\b/.test(flags);
  return protocol === 'ICMP' ? refusal === null : true;
}

/** The hops up to the one that makes it `limit` silent ones in a row, if there is one. */
function upToSilence(hops: readonly PrintedHop[], limit: number): { hops: PrintedHop[]; silent: boolean } {
  let run = 0;
  for (const [index, { answers }] of hops.entries()) {
    run = answers.every((answer) => answer === null) ? run + 1 : 0;
    if (run === limit) return { hops: hops.slice(0, index + 1), silent: true };
  }
  return { hops: [...hops], silent: false };
}

/** Whether `hops` holds as many silent hops in a row as are allowed, each of them done with. */
export function isSilent(hops: readonly PrintedHop[], { maxUnknownHops, probes }: { maxUnknownHops: number; probes: number }): boolean {
  return upToSilence(hops.filter(({ answers }) => answers.length === probes), maxUnknownHops).silent;
}

export function judgeTrace({ hops: printed, ended, protocol, address, maxHops, maxUnknownHops }: Trace): TraceFindings {
  const { hops, silent } = upToSilence(printed, maxUnknownHops);
  const found = (ending: Ending, rest: Partial<TraceFindings> = {}): TraceFindings => ({ hops, ending, arrivals: [], refusedBy: null, ...rest });
  const last = hops.at(-1);
  const answers = (last?.answers ?? []).filter((answer) => answer !== null);
  // A hop before the last one was not final, whoever answered: the program goes on only from there.
  const arrivals = answers.filter((answer) => arrived(answer, protocol, address)).map(({ rtt }) => rtt);
  if (arrivals.length > 0) return found('destinationReached', { arrivals });
  if (silent) return found('maxUnknownHops');
  if (ended === 'limit') return found('timeout');
  const refusedBy = answers.find(({ refusal }) => refusal !== null) ?? answers.find((answer) => answer.address === address) ?? null;
  if (refusedBy) return found('refused', { refusedBy });
  return found((last?.number ?? 0) >= maxHops ? 'maxHops' : 'fault');
}
