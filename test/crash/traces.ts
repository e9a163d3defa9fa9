/** What the jobs of an agent are on this machine, and what is left of them when the agent is gone: processes, namespaces, control groups, folders, sockets. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Everything that a process has started, seen from outside: `pid@start` each, and the namespaces that are theirs and not its. `at`: when it was looked at, in clock ticks. */
export interface Family { members: ReadonlyMap<string, string>; namespaces: ReadonlySet<string>; at: number }

const SPACES = ['net', 'pid', 'mnt', 'ipc', 'user', 'uts'] as const;
const LOOK_AGAIN_MS = 20;

interface Seen { pid: number; parent: number; start: string; state: string }

function read<T>(take: () => T): T | null {
  try {
    return take();
  } catch {
    return null;
  }
}

function processes(): Seen[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    // The name in brackets may hold anything; the fields behind it are plain.
    const fields = read(() => readFileSync(`/proc/${name}/stat`, 'utf8'))?.replace(/^.*\) /s, '').split(' ');
    return fields ? [{ pid: Number(name), state: fields[0] ?? '', parent: Number(fields[1]), start: fields[19] ?? '' }] : [];
  });
}

const spacesOf = (pid: number | 'self'): string[] => SPACES.flatMap((space) => read(() => readlinkSync(`/proc/${pid}/ns/${space}`)) ?? []);
const commandOf = (pid: number): string => read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.replaceAll('\0', ' ').slice(0, 200) ?? '';

/** @param pid of an agent that is alive. */
export function familyOf(pid: number): Family {
  const all = processes();
  const mine = new Set([pid]);
  for (let before = 0; before !== mine.size;) {
    before = mine.size;
    for (const one of all) if (mine.has(one.parent)) mine.add(one.pid);
  }
  mine.delete(pid);
  // 100 ticks a second, as start times are told.
  const at = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100;
  const own = new Set([...spacesOf('self'), ...spacesOf(pid)]);
  return {
    at,
    members: new Map(all.filter((one) => mine.has(one.pid)).map((one) => [`${one.pid}@${one.start}`, commandOf(one.pid)])),
    namespaces: new Set([...mine].flatMap(spacesOf).filter((space) => !own.has(space))),
  };
}

/** Processes of the family that are still there, and those of anybody that are in one of its namespaces. Zombies have ended. */
function remaining({ members, namespaces, at }: Family): string[] {
  return processes().filter(({ state }) => state !== 'Z').flatMap(({ pid, start }) => {
    const there = members.has(`${pid}@${start}`)
      // The kernel gives the numbers of dead namespaces to new ones: younger processes are in those.
      || (Number(start) <= at && spacesOf(pid).some((space) => namespaces.has(space)));
    return there ? [`${pid} ${commandOf(pid)}`] : [];
  });
}

/** Resolves with what is left of the family: nothing, as soon as that is so, or what is still there when the time is up. */
export async function untilGone(family: Family, signal: AbortSignal): Promise<string[]> {
  for (;;) {
    const left = remaining(family);
    if (left.length === 0 || signal.aborted) return left;
    await pause(LOOK_AGAIN_MS);
  }
}

const GROUPS = '/sys/fs/cgroup';

/** Folders, control groups and sockets of the agents with these ids. @param temporary where the agents make their folders. */
export function leftBy(pids: readonly number[], temporary: string): string[] {
  const ofThem = (text: string) => pids.some((pid) => new RegExp(`assay-job-${pid}[.-]|assay-trial-${pid}\\b`).test(text));
  const groups = (read(() => readdirSync(GROUPS, { recursive: true, encoding: 'utf8' })) ?? []).filter((path) => ofThem(basename(path)));
  const sockets = (read(() => readFileSync('/proc/net/unix', 'utf8')) ?? '').split('\n').filter((line) => ofThem(line));
  return [...readdirSync(temporary).filter(ofThem).map((name) => join(temporary, name)), ...groups.map((path) => join(GROUPS, path)), ...sockets];
}
