/**
 * Runs a command of a user's in a process tree of its own (the only place where user code is started).
 * Promises: it ends at its deadline or when it is cancelled, with everything that it started; its folder is gone after `close`;
 * it sees a clean environment, a read-only system, its own folder and nothing else of this machine's files and processes.
 * Never: a level that was not asked for, a shell that reads what a user wrote.
 */
import type { SandboxEgress } from '../../checks/kit/egress.ts';
import type { EgressServer } from '../egress/openEgressServer.ts';
import { realpath } from 'node:fs/promises';
import { openControlGroup } from './controlGroup.ts';
import { contain, type Contained, type Ending, type Task } from './contain.ts';
import type { SandboxFacts } from './findSandbox.ts';
import { ranOutOfMemory } from './memoryKills.ts';
import { makeMountPoints } from './mountPoints.ts';
import { createJobUsers } from './jobUsers.ts';
import { makeJobFolder, removeLeftovers } from './jobFolder.ts';
import { sandboxCommand, type Mount } from './sandboxCommand.ts';
import { openStrictNetwork, withRelay, type StrictNetwork } from './strictNetwork.ts';

/** What one command may use up. Bytes, seconds of processor time a process, ms of wall time. */
export interface SandboxLimits {
  processes: number;
  memoryBytes: number;
  /** A single file, and all of the job folder. */
  fileBytes: number;
  folderBytes: number;
  openFiles: number;
  cpuSeconds: number;
  ms: number;
}

/** What is started. */
export interface SandboxSpec {
  /** Program and arguments; the program must be of the system or in a mount. Gets the path of the job folder. */
  command(folder: string): readonly string[];
  /** Folders and files that it may read. */
  mounts: readonly Mount[];
  /** All of its environment beside PATH, HOME, LANG and TZ. */
  env: Readonly<Record<string, string>>;
  limits: SandboxLimits;
  /** What it may reach at level `strict`; absent: nothing, until `begin` says otherwise. */
  egress?: SandboxEgress | undefined;
  /** Fills the folder before the command starts. What it makes there must belong to `uid` (null: the agent's own user). */
  prepare?(folder: string, uid: number | null): Promise<void>;
}

export interface SandboxJob extends SandboxSpec {
  /** Text on its standard input. */
  input: string;
  signal: AbortSignal;
  /** Each whole line that it writes to file descriptor 3. */
  onReport(line: string): void;
}

/** A command that has been started, perhaps before its job was known. */
export interface Sandboxed extends Pick<Contained, 'write' | 'end' | 'running'> {
  /** Its job folder, which stays until `close`. */
  readonly folder: string;
  /** The user that it runs as; null: the agent's own. */
  readonly uid: number | null;
  /** At level `strict`: the connections that it could not make; null at the others, where nobody knows. */
  readonly egress: Pick<EgressServer, 'failures'> | null;
  /** The job: its time starts now. Once. @param task `ms` is the limits' own where it is left out; `egress` the one it was started with. */
  begin(task: Omit<Task, 'ms'> & { ms?: number; egress?: SandboxEgress | undefined }): Promise<Ending>;
  /** Whether the kernel has ended something in it for want of memory; false where no control group counts. Not after `close`. */
  ranOutOfMemory(): Promise<boolean>;
  /** Kills what still runs, removes the folder and all else. Repeated calls get the same promise. */
  close(): Promise<void>;
}

export interface Sandbox {
  readonly facts: SandboxFacts;
  /** Rejects for faults of this machine (a full disk, no processes left). Whoever starts it closes it. */
  start(spec: SandboxSpec): Promise<Sandboxed>;
  /** Starts, runs to its end, closes. Rejects like `start`; what the command does is in the ending. */
  run(job: SandboxJob): Promise<Ending>;
}

/**
 * A sandbox at the level that was found. `facts.level` must not be null. Removes what a killed agent has left behind.
 * @param certificates a file that all Node programs in it trust beside the usual ones; one that is not there is none.
 */
export async function openSandbox(facts: SandboxFacts, certificates: string | null = null): Promise<Sandbox> {
  const users = createJobUsers();
  const trusted = certificates === null ? null : await realpath(certificates).catch(() => null);
  await removeLeftovers();
  const start = async (given: SandboxSpec): Promise<Sandboxed> => {
    const uid = facts.root ? users.take() : null;
    const spec = trusted === null ? given : { ...given, mounts: [...given.mounts, trusted], env: { NODE_EXTRA_CA_CERTS: trusted, ...given.env } };
    try {
      return await startAs(facts, uid, spec, () => { if (uid !== null) users.release(uid); });
    } catch (error) {
      if (uid !== null) users.release(uid);
      throw error;
    }
  };
  return {
    facts, start,
    async run(job) {
      if (job.signal.aborted) return { why: 'cancelled' };
      const started = await start(job);
      try {
        started.write(job.input);
        started.end();
        return await started.begin(job);
      } finally {
        await started.close();
      }
    },
  };
}

async function startAs(facts: SandboxFacts, uid: number | null, spec: SandboxSpec, onClosed: () => void): Promise<Sandboxed> {
  // Undone in reverse, when the start fails halfway as well as at the end.
  const undo: (() => Promise<unknown>)[] = [];
  const clear = async () => { for (const step of undo.splice(0).reverse()) await step(); };
  try {
    const folder = await makeJobFolder(uid);
    undo.push(folder.remove);
    await spec.prepare?.(folder.path, uid);
    await makeMountPoints(facts.level, folder.path, uid, spec.mounts);
    const network = facts.level === 'strict' ? await openStrictNetwork(folder.path, uid) : null;
    if (network) undo.push(network.close);
    if (spec.egress) network?.egress.admit(spec.egress);
    const limits = network ? withRelay(spec.limits) : spec.limits;
    const group = await openControlGroup(facts.controlGroup, folder.name, limits);
    undo.push(group.close);
    const contained = contain({ command: commandLine(facts, spec, { uid, folder: folder.path, limits, groups: group.members, network }), folder: folder.path, folderBytes: limits.folderBytes });
    undo.push(contained.kill);
    return sandboxed(contained, { folder: folder.path, uid, egress: network?.egress ?? null, ms: limits.ms, groups: group.members }, async () => {
      await clear();
      onClosed();
    });
  } catch (error) {
    await clear();
    throw error;
  }
}

interface Place { uid: number | null; folder: string; limits: SandboxLimits; groups: readonly string[]; network: StrictNetwork | null }

function commandLine({ level }: SandboxFacts, spec: SandboxSpec, { network, ...place }: Place): string[] {
  const command = spec.command(place.folder);
  if (!network) return sandboxCommand({ ...place, level, mounts: spec.mounts, env: spec.env, command });
  return sandboxCommand({
    ...place, level, mounts: [...network.mounts.filter((path) => !spec.mounts.includes(path)), ...spec.mounts], env: network.env(spec.env), command: network.command(command),
  });
}

interface Held { folder: string; uid: number | null; egress: EgressServer | null; ms: number; groups: readonly string[] }

function sandboxed(contained: Contained, { folder, uid, egress, ms, groups }: Held, clear: () => Promise<void>): Sandboxed {
  let closed: Promise<void> | null = null;
  return {
    folder, uid, egress,
    write: contained.write, end: contained.end, get running() { return contained.running; },
    begin: (task) => {
      if (task.egress) egress?.admit(task.egress);
      return contained.begin({ ms, ...task });
    },
    ranOutOfMemory: () => ranOutOfMemory(groups),
    close: () => closed ??= clear(),
  };
}
