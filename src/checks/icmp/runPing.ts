/**
 * Runs the system's `ping`: the one program that every distribution ships with the right to send ICMP.
 * Promises: settles within the limit, never rejects, leaves no process behind.
 * Never: a shell; the address is numeric, so that nothing a user wrote reaches the command line.
 */
import { spawn } from 'node:child_process';
import type { Capture } from '../kit/capture.ts';
import { queryId } from '../kit/queryId.ts';
import { SYSTEM_ENVIRONMENT } from '../kit/systemPrograms.ts';
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

export type PingRun =
  /** `ended`: by itself, by the limit, or by the signal. `complaint`: what it said on standard error. */
  | { kind: 'ran'; ended: 'itself' | 'limit' | 'signal'; report: PingReport; complaint: string }
  /** `ping` is missing or may not send: a fault of this machine, not of the target. */
  | { kind: 'unavailable'; reason: string };

/** Seconds for which `ping` waits for the last answers when none has come at all. */
const LINGER_SECONDS = 5;

const MISSING = 'ICMP checks need the program `ping`, which was not found on this agent. Install it: `apt-get install iputils-ping` (Debian, Ubuntu), `dnf install iputils` (Fedora, RHEL) or `apk add iputils` (Alpine).';
const FORBIDDEN = 'ICMP checks need the right to send ICMP packets, which `ping` does not have on this agent. Grant it with `setcap cap_net_raw+ep $(command -v ping)`, with the sysctl net.ipv4.ping_group_range, or, in a container, with the capability NET_RAW.';
const FOREIGN = 'ICMP checks need the `ping` of iputils; the one on this agent does not know its options. Install it: `apt-get install iputils-ping` or `apk add iputils`.';

/** The fault that `ping` complains of, if it is one of this machine. A firewall's "sendmsg: Operation not permitted" is not. */
function faultIn(complaint: string): string | null {
  if (/socket: (Operation not permitted|Permission denied)|lacking privilege|cap_net_raw|permission denied \(are you root\?\)/i.test(complaint)) return FORBIDDEN;
  if (/(invalid|unrecognized|unknown|illegal) option|^usage:/im.test(complaint)) return FOREIGN;
  return null;
}

/** Why the program did not start. The system refuses (EPERM) a `ping` whose file grants more than a container may have. */
function startFault(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return MISSING;
  if (error.code === 'EACCES' || error.code === 'EPERM') return FORBIDDEN;
  return `\`ping\` could not be started: ${error.message}`;
}

/** Sends `count` packets to `address` and reads what comes back. */
export async function runPing(options: PingOptions): Promise<PingRun> {
  const { capture, address } = options;
  if (!capture) return ping(options, null);
  // 0 asks for another kind of socket.
  const id = queryId() || 1;
  capture.flow({ protocol: 'icmp', id, remote: { address } });
  const run = await ping(options, id);
  // Versions before 2020 cannot be told the identifier, and somebody else's ping may have this one: its packets are not worth a check.
  const without = run.kind === 'unavailable' ? run.reason === FOREIGN : run.report.sent === 0 && /\bbind\b/.test(run.complaint);
  return without ? ping(options, null) : run;
}

/** @param id of the packets; null: whatever `ping` chooses. */
function ping({ address, family, count, limitMs, signal, program = 'ping' }: PingOptions, id: number | null): Promise<PingRun> {
  return new Promise((resolve) => {
    const child = spawn(program, ['-n', `-${family}`, '-c', String(count), '-i', '0.5', '-W', String(LINGER_SECONDS), ...(id === null ? [] : ['-e', String(id)]), address], {
      env: SYSTEM_ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaint = '';
    let ended: 'itself' | 'limit' | 'signal' = 'itself';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { complaint += text; });
    const stop = (why: 'limit' | 'signal') => {
      ended = why;
      // `ping` prints each line as it comes, so nothing is lost by the one signal that cannot be ignored.
      child.kill('SIGKILL');
    };
    const limit = setTimeout(() => stop('limit'), limitMs);
    const onAbort = () => stop('signal');
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    const settle = (run: PingRun) => {
      clearTimeout(limit);
      signal.removeEventListener('abort', onAbort);
      resolve(run);
    };
    child.on('error', (error) => settle({ kind: 'unavailable', reason: startFault(error) }));
    child.on('close', () => {
      const reason = faultIn(complaint);
      settle(reason ? { kind: 'unavailable', reason } : { kind: 'ran', ended, report: readPingOutput(output, count, family), complaint: complaint.trim() });
    });
  });
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
