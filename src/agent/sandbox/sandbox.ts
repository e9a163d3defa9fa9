/**
 * Runs a command of a user's in a process tree of its own (the only place where user code is started).
 * Promises: it ends at its deadline or when it is cancelled, with everything that it started; its folder is gone afterwards;
 * it sees a clean environment, a read-only system, its own folder and nothing else of this machine's files and processes.
 * Never: a level that was not asked for, a shell that reads what a user wrote, a network of its own (that would be `strict`).
 */
import { openControlGroup } from './controlGroup.ts';
import { contain, type Ending } from './contain.ts';
import type { SandboxFacts } from './findSandbox.ts';
import { makeJobFolder, removeLeftovers } from './jobFolder.ts';
import { sandboxCommand, type Mount } from './sandboxCommand.ts';

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

export interface SandboxJob {
  /** Program and arguments; the program must be of the system or in a mount. Gets the path of the job folder. */
  command(folder: string): readonly string[];
  /** Folders and files that it may read, at the same path as outside. */
  mounts: readonly Mount[];
  /** All of its environment beside PATH, HOME, LANG and TZ. */
  env: Readonly<Record<string, string>>;
  limits: SandboxLimits;
  /** Text on its standard input. */
  input: string;
  signal: AbortSignal;
  /** Each whole line that it writes to file descriptor 3. */
  onReport(line: string): void;
}

export interface Sandbox {
  readonly facts: SandboxFacts;
  /** Rejects for faults of this machine (a full disk, no processes left); what the command does is in the ending. */
  run(job: SandboxJob): Promise<Ending>;
}

/** Users of the machine that nobody else is; each slot has one while a job runs in it. */
const FIRST_UID = 61_001;

/** A sandbox at the level that was found. `facts.level` must not be null. Removes what a killed agent has left behind. */
export async function openSandbox(facts: SandboxFacts): Promise<Sandbox> {
  const taken = new Set<number>();
  await removeLeftovers();
  return {
    facts,
    async run(job) {
      const uid = facts.root ? freeUid(taken) : null;
      if (uid !== null) taken.add(uid);
      try {
        return await runIn(facts, uid, job);
      } finally {
        if (uid !== null) taken.delete(uid);
      }
    },
  };
}

function freeUid(taken: ReadonlySet<number>): number {
  let uid = FIRST_UID;
  while (taken.has(uid)) uid += 1;
  return uid;
}

async function runIn(facts: SandboxFacts, uid: number | null, job: SandboxJob): Promise<Ending> {
  const folder = await makeJobFolder(uid);
  try {
    const group = await openControlGroup(facts.controlGroup, folder.name, job.limits);
    try {
      const command = sandboxCommand({ ...job, level: facts.level, uid, folder: folder.path, groups: group.members, command: job.command(folder.path) });
      return await contain({ ...job, ...job.limits, command, folder: folder.path });
    } finally {
      await group.close();
    }
  } finally {
    await folder.remove();
  }
}
