/**
 * Runs the system's `ping`: the one program that every distribution ships with the right to send ICMP.
 * Promises: settles within the limit, never rejects, leaves no process behind.
 * Never: a shell; the address is numeric, so that nothing a user wrote reaches the command line.
 */
import type { Capture } from '../kit/capture.ts';
import { queryId } from '../kit/queryId.ts';
import { runProgram, type MachineFaults, type ProgramRun } from '../kit/runProgram.ts';
import { readPingOutput, type PingReport } from './pingOutput.ts';

export interface PingOptions {
  /** Numeric. */
  address: string;
  family: 4 | 6;
  /** Packets, one every 500 ms. */
  count: number;
  limitMs: number;
  signal: AbortSignal;
  /** The program to run; for tests. */
  program?: string;
  /** Hears of the packets' identifier; absent where nothing is captured. */
  capture?: Capture | undefined;
}

export type PingRun = (Extract<ProgramRun, { kind: 'ran' }> & { report: PingReport }) | Extract<ProgramRun, { kind: 'unavailable' }>;

/** Seconds for which `ping` waits for the last answers when none has come at all. */
const LINGER_SECONDS = 5;

const FAULTS: MachineFaults = {
  name: 'ping',
  missing: 'ICMP checks need the program `ping`, which was not found on this agent. Install it: `apt-get install iputils-ping` (Debian, Ubuntu), `dnf install iputils` (Fedora, RHEL) or `apk add iputils` (Alpine).',
  forbidden: 'ICMP checks need the right to send ICMP packets, which `ping` does not have on this agent. Grant it with `setcap cap_net_raw+ep $(command -v ping)`, with the sysctl net.ipv4.ping_group_range, or, in a container, with the capability NET_RAW.',
  foreign: 'ICMP checks need the `ping` of iputils; the one on this agent does not know its options. Install it: `apt-get install iputils-ping` or `apk add iputils`.',
};

/** Sends `count` packets to `address` and reads what comes back. */
export async function runPing(options: PingOptions): Promise<PingRun> {
  const { capture, address } = options;
  if (!capture) return ping(options, null);
  // 0 asks for another kind of socket.
  const id = queryId() || 1;
  capture.flow({ protocol: 'icmp', id, remote: { address } });
  const run = await ping(options, id);
  // Versions before 2020 cannot be told the identifier, and somebody else's ping may have this one: its packets are not worth a check.
  const without = run.kind === 'unavailable' ? run.reason === FAULTS.foreign : run.report.sent === 0 && /\bbind\b/.test(run.complaint);
  return without ? ping(options, null) : run;
}

/** @param id of the packets; null: whatever `ping` chooses. */
async function ping({ address, family, count, limitMs, signal, program = 'ping' }: PingOptions, id: number | null): Promise<PingRun> {
  const args = ['-n', `-${family}`, '-c', String(count), '-i', '0.5', '-W', String(LINGER_SECONDS), ...(id === null ? [] : ['-e', String(id)]), address];
  const run = await runProgram(program, args, { faults: FAULTS, limitMs, signal });
  return run.kind === 'ran' ? { ...run, report: readPingOutput(run.output, count, family) } : run;
}

/**
 * Whether this machine can run ICMP checks, by sending one packet to itself. `reason` says what to install or allow.
 * `program` is for tests.
 */
export async function pingAvailability(program = 'ping'): Promise<{ ok: true } | { ok: false; reason: string }> {
  const run = await runPing({ address: '127.0.0.1', family: 4, count: 1, limitMs: 5_000, signal: new AbortController().signal, program });
  if (run.kind === 'unavailable') return { ok: false, reason: run.reason };
  // No answer from the loopback is a matter of its firewall; that `ping` could send is what was asked.
  if (run.complaint === '' || run.report.sent > 0) return { ok: true };
  return { ok: false, reason: `\`ping\` does not work on this agent: ${run.complaint}` };
}
