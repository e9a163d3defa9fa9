/** The command line that puts limits and walls around another command. Pure but for a look at how the system's folders are linked. */
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SandboxFacts } from './findSandbox.ts';
import type { SandboxLimits } from './sandbox.ts';

/**
 * What is readable inside: an absolute path, at the same place; or `from` (absolute) at `to`, absolute or relative to the job folder.
 * At level `none`, which has no mounts, a `to` in the job folder becomes a symbolic link, and any other is refused.
 */
export type Mount = string | { from: string; to: string };

export interface Walls {
  level: SandboxFacts['level'];
  /** The user that the command becomes; null: it stays the agent's own (which is not root). */
  uid: number | null;
  /** The one folder that can be written. */
  folder: string;
  mounts: readonly Mount[];
  /** Files that a process joins its control groups by. */
  groups: readonly string[];
  env: Readonly<Record<string, string>>;
  limits: SandboxLimits;
  command: readonly string[];
}

/** Bytes of the private /tmp and of shared memory; both are memory. */
const TMP_BYTES = 64 * 1024 * 1024;
/** Node reserves so much that can be written, and uses little of it: a limit a process is so much weaker than a control group. */
const RESERVED_BYTES = 1024 * 1024 * 1024;
/** /usr/local and /usr/src are not among them: programs, and their data, are often installed there. */
const SYSTEM = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/libexec', '/usr/share'];
const LINKED = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
/** What programs need of /etc: names of hosts and users, certificates, libraries. Nothing there is secret. */
const SETTINGS = [
  '/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/passwd', '/etc/group', '/etc/ssl', '/etc/ca-certificates', '/etc/pki', '/etc/ld.so.cache',
  '/etc/alternatives', '/etc/fonts', '/etc/localtime',
];
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The shell sees paths as arguments only. A process that the kernel must kill for memory shall be this one. */
const JOIN = 'for file in $1; do echo $$ > "$file" || exit 125; done; echo 1000 > /proc/self/oom_score_adj; shift; exec "$@"';

/** Program and arguments, to be started with an environment of `PATH` alone. */
export function sandboxCommand(walls: Walls): string[] {
  const environment = { PATH: SYSTEM_PATH, HOME: walls.folder, LANG: 'C.UTF-8', TZ: 'UTC', ...walls.env };
  const inner = [...limitsOf(walls), ...identityOf(walls), ...walls.command];
  const outer = walls.level === 'none'
    ? ['env', '-i', `--chdir=${walls.folder}`, ...Object.entries(environment).map(([key, value]) => `${key}=${value}`), ...inner]
    : ['bwrap', ...bubble(walls, environment), '--', ...inner];
  return ['/bin/sh', '-c', JOIN, 'sh', walls.groups.join(' '), ...outer];
}

/** Counted for each user: without one of its own (or a namespace of users) the agent's processes would count too. */
function limitsOf({ level, uid, groups, limits }: Walls): string[] {
  const { processes, fileBytes, openFiles, cpuSeconds, memoryBytes } = limits;
  return [
    'prlimit', ...(level === 'none' && uid === null ? [] : [`--nproc=${processes}`]),
    ...(groups.length > 0 ? [] : [`--data=${memoryBytes + RESERVED_BYTES}`]), `--fsize=${fileBytes}`, `--nofile=${openFiles}`, `--cpu=${cpuSeconds}`, '--core=0', '--',
  ];
}

function identityOf({ uid }: Walls): string[] {
  if (uid === null) return [];
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'];
}

function bubble({ level, uid, folder, mounts }: Walls, environment: Readonly<Record<string, string>>): string[] {
  const ancestors = new Set<string>();
  const at = (path: string): string => {
    for (let above = dirname(path); above !== '/'; above = dirname(above)) ancestors.add(above);
    return path;
  };
  const binds = [
    ...[...SYSTEM, ...SETTINGS].filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, at(path)]),
    ...LINKED.filter((path) => existsSync(path)).flatMap((path) => (lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path])),
    ...mounts.flatMap((mount) => (typeof mount === 'string' ? ['--ro-bind', mount, at(mount)] : [])),
    '--bind', folder, at(folder),
    ...mounts.flatMap((mount) => (typeof mount === 'string' ? [] : ['--ro-bind', mount.from, placeOf(mount, folder, at)])),
  ];
  const parents = [...ancestors].filter((path) => path !== '/tmp').sort();
  return [
    ...(level === 'strict' ? ['--unshare-net'] : []), '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--hostname', 'sandbox', '--die-with-parent', '--new-session', '--info-fd', '4',
    // As root it needs these for a moment, to become somebody else; otherwise a namespace of users gives what it needs.
    ...(uid === null ? ['--unshare-user', '--disable-userns'] : ['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', '--cap-add', 'CAP_SETPCAP']),
    '--clearenv', ...Object.entries(environment).flatMap(([key, value]) => ['--setenv', key, value]),
    '--proc', '/proc', '--dev', '/dev', ...memoryFolder('/dev/shm'), ...memoryFolder('/tmp'),
    ...parents.flatMap((path) => ['--perms', '0755', '--dir', path]), ...binds,
    // Otherwise the folders above the mounts are memory that can be filled.
    '--remount-ro', '/dev', '--remount-ro', '/', '--chdir', folder,
  ];
}

/** Parents of what lies in the job folder are there already: they are its user's, who may write beside the mount. */
function placeOf({ to }: { to: string }, folder: string, at: (path: string) => string): string {
  const path = resolve(folder, to);
  return path.startsWith(`${folder}/`) ? path : at(path);
}

const memoryFolder = (path: string): string[] => ['--perms', '1777', '--size', String(TMP_BYTES), '--tmpfs', path];
