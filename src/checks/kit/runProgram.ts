/**
 * Runs a program of the system for a probe and reads what it prints.
 * Promises: settles within the limit, never rejects, leaves no process behind; what was printed before the end is kept.
 * Never: a shell; what a user wrote does not belong on a command line, so callers hand in numeric addresses only.
 */
import { spawn } from 'node:child_process';
import type { NetworkFault } from './dial.ts';
import { SYSTEM_ENVIRONMENT } from './systemPrograms.ts';

/** What to tell when a machine lacks a program or its rights: how to get it, how to permit it, which one is wanted. */
export interface MachineFaults { name: string; missing: string; forbidden: string; foreign: string }

export interface ProgramOptions {
  faults: MachineFaults;
  /** ms after which it is killed. */
  limitMs: number;
  signal: AbortSignal;
  /** Asked after each piece with all that was printed so far; true ends the program. */
  enough?: (output: string) => boolean;
  /** Told once it runs. */
  started?: ((pid: number) => void) | undefined;
}

/** What ended it: itself, `enough`, the limit, or the signal. */
export type ProgramEnd = 'itself' | 'enough' | 'limit' | 'signal';

export type ProgramRun =
  /** `output` and `complaint`: what it said on standard output and on standard error. */
  | { kind: 'ran'; ended: ProgramEnd; output: string; complaint: string }
  /** It is missing or may not do what it is for: a fault of this machine, not of the target. */
  | { kind: 'unavailable'; reason: string };

/** A firewall's "sendmsg: Operation not permitted" is no fault of the program's rights. */
const WITHOUT_RIGHTS = /socket: (Operation not permitted|Permission denied)|(lacking|not have enough) privilege|cap_net_raw|permission denied \(are you root\?\)/i;
const OTHER_PROGRAM = /(invalid|unrecognized|unknown|illegal|bad) option|^usage:/im;

function faultIn(complaint: string, { forbidden, foreign }: MachineFaults): string | null {
  if (WITHOUT_RIGHTS.test(complaint)) return forbidden;
  return OTHER_PROGRAM.test(complaint) ? foreign : null;
}

/** Why it did not start. The system refuses (EPERM) a program whose file grants more than a container may have. */
function startFault(error: NodeJS.ErrnoException, { name, missing, forbidden }: MachineFaults): string {
  if (error.code === 'ENOENT') return missing;
  if (error.code === 'EACCES' || error.code === 'EPERM') return forbidden;
  return `\`${name}\` could not be started: ${error.message}`;
}

/** Runs `program` until it ends by itself or one of `options` ends it. */
export function runProgram(program: string, args: readonly string[], { faults, limitMs, signal, enough, started }: ProgramOptions): Promise<ProgramRun> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: SYSTEM_ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    let ended: ProgramEnd = 'itself';
    const stop = (why: ProgramEnd) => {
      if (ended === 'itself') ended = why;
      // These programs print each answer as it comes, so nothing is lost by the one signal that cannot be ignored.
      child.kill('SIGKILL');
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (enough?.(output)) stop('enough');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { complaint += text; });
    const limit = setTimeout(() => stop('limit'), limitMs);
    const onAbort = () => stop('signal');
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    const settle = (run: ProgramRun) => {
      clearTimeout(limit);
      signal.removeEventListener('abort', onAbort);
      resolve(run);
    };
    if (child.pid !== undefined) started?.(child.pid);
    child.on('error', (error) => settle({ kind: 'unavailable', reason: startFault(error, faults) }));
    child.on('close', () => {
      const reason = faultIn(complaint, faults);
      settle(reason === null ? { kind: 'ran', ended, output, complaint: complaint.trim() } : { kind: 'unavailable', reason });
    });
  });
}

/** What the system said when it would not send at all. */
const COMPLAINTS: readonly [RegExp, string][] = [
  [/network is unreachable/i, 'ENETUNREACH'],
  [/no route to host/i, 'EHOSTUNREACH'],
  [/cannot assign requested address/i, 'EADDRNOTAVAIL'],
  [/operation not permitted|permission denied/i, 'EPERM'],
];

/** The network failure that a program complains of, null when it is silent; `otherwise` is the code of what is not known. */
export function complaintFault(complaint: string, otherwise: string): NetworkFault | null {
  if (complaint === '') return null;
  const code = COMPLAINTS.find(([pattern]) => pattern.test(complaint))?.[1] ?? otherwise;
  return { code, message: complaint.split('\n')[0] ?? complaint };
}
