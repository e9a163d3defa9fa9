/**
 * tcpdump as a child: everything that this machine's devices see, as a stream of pcap.
 * Promises: it dies with its starter, however that dies; what it cannot do is told as a sentence that says how to allow it.
 * Never: a shell that sees anything of a user's; a name lookup; a device in promiscuous mode.
 *
 * Not with --immediate-mode: that has one slot of 64 KB a packet, loses packets at a few hundred runs a second and wakes tcpdump and us for each.
 * Without it the kernel hands over blocks of 256 KB; whoever wants the last packets fills the block up (`capture.worker.ts`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { SYSTEM_ENVIRONMENT } from '../../checks/kit/systemPrograms.ts';

/** Whose traffic is no check's: Assay's own, to its server and its store. */
export interface Ignored { host: string; port: number }

export interface Tcpdump {
  stream: Readable;
  /** Packets that the kernel had no room for, so far; null when it does not say. */
  dropped(): Promise<number | null>;
  stop(): void;
  /** Why it ended; null after `stop`. */
  ended: Promise<string | null>;
}

/** Bytes of a packet that are kept: all of the largest one of loopback, so that TLS can be read. */
const SNAP_LENGTH = 65_535;
/** KiB that the kernel holds while nobody reads. */
const KERNEL_BUFFER = 16_384;

/** Its input is ours: where that ends, so does tcpdump. A process that is killed closes what it has open. */
const WATCHED = `exec 3<&0
"$0" "$@" </dev/null 3<&- & program=$!
echo "pid $program" >&2
{ cat <&3; kill -9 $program; } >/dev/null 2>&1 & watch=$!
exec 3<&-
wait $program; code=$?
kill $watch 2>/dev/null
exit $code`;

const INSTALL = '`tcpdump` was not found on this agent, so that packets cannot be captured. Install it: `apt-get install tcpdump` (Debian, Ubuntu), `dnf install tcpdump` (Fedora, RHEL) or `apk add tcpdump` (Alpine).';
const ALLOW = '`tcpdump` may not capture packets on this agent. Run the agent as root, or grant it with `setcap cap_net_raw+ep $(command -v tcpdump)`; a container needs the capability NET_RAW.';
/** ms for one line of statistics. */
const STATISTICS_MS = 1_000;

/** Starts it; not yet does it capture. Never rejects. */
export function startTcpdump(program: string, ignored: readonly Ignored[], plainFilter = false): Tcpdump {
  const args = ['-i', 'any', '-n', '-p', '-s', String(SNAP_LENGTH), '-B', String(KERNEL_BUFFER), '-w', '-', filterOf(ignored, plainFilter)];
  const child = spawn('/bin/sh', ['-c', WATCHED, program, ...args], { env: SYSTEM_ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] });
  let [said, pid, stopped] = ['', 0, false];
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_000);
    pid ||= Number(/^pid (\d+)$/m.exec(said)?.[1] ?? 0);
  });
  const ended = new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(`A shell for \`tcpdump\` could not be started: ${error.message}.`));
    child.on('exit', () => child.stdin.end());
    child.on('close', (code) => resolve(stopped ? null : whyEnded(said, code)));
  });
  const ask = async (): Promise<number | null> => {
    if (pid === 0 || child.exitCode !== null || !signalled(pid)) return null;
    const signal = AbortSignal.timeout(STATISTICS_MS);
    for (let answer = ''; !signal.aborted;) {
      const [text] = await once(child.stderr, 'data', { signal }).catch(() => ['']) as [string];
      const [, count] = /(\d+) packets? dropped by kernel/.exec(answer += text) ?? [];
      if (count !== undefined) return Number(count);
    }
    return null;
  };
  let asking: Promise<number | null> | null = null;
  return {
    stream: child.stdout, ended,
    // One answer for all who ask at a time.
    dropped: () => asking ??= ask().finally(() => { asking = null; }),
    stop() {
      stopped = true;
      child.stdin.end();
    },
  };
}

/** It answers with its counters. */
function signalled(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGUSR1');
  } catch {
    return false;
  }
}

/** @param plain for versions that know no device numbers: there loopback's second sight of a packet is left out later. */
function filterOf(ignored: readonly Ignored[], plain: boolean): string {
  const hosts = ignored.flatMap(({ host, port }) => (isIP(host) ? [`not (host ${host} and tcp port ${port})`] : []));
  return ['(ip or ip6)', ...(plain ? [] : ['not (ifindex 1 and outbound)']), ...hosts].join(' and ');
}

/** Whether another, plainer filter might do. */
export const isFilterFault = (sentence: string | null): boolean => sentence !== null && /syntax error|can't parse filter|ifindex/i.test(sentence);

function whyEnded(said: string, code: number | null): string {
  if (code === 127) return INSTALL;
  if (/permission|not permitted/i.test(said) || code === 126) return ALLOW;
  const last = said.split('\n').filter((line) => line !== '' && !/^pid \d+$|listening on|data link type|packets? (captured|received|dropped)/.test(line)).at(-1);
  return `\`tcpdump\` ended${last ? `: ${last.replace(/^tcpdump: /, '')}` : ` with exit code ${code}`}.`;
}
