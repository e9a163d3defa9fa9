/** Which sandbox this machine can give, found by using it. `assay doctor` prints it and agents obey it. */
import { contain } from './contain.ts';
import { findControlGroup, type ControlGroupPlace } from './controlGroup.ts';
import { trialUser } from './jobUsers.ts';
import { makeJobFolder } from './jobFolder.ts';
import { sandboxCommand } from './sandboxCommand.ts';
import { openStrictNetwork, withRelay, type StrictNetwork } from './strictNetwork.ts';

export interface SandboxFacts {
  /**
   * strict: bubblewrap with a network of its own, whose only way out is the agent's. standard: bubblewrap with the machine's network.
   * none: limits only, because somebody allowed it. null: user code is refused.
   */
  level: 'strict' | 'standard' | 'none' | null;
  controlGroup: ControlGroupPlace;
  /** Whether the agent is root, so that each job becomes a user of its own. */
  root: boolean;
  /** A sentence for people: the level and what is missing; with no level, why and how to get one. */
  says: string;
}

const TRIAL_LIMITS = {
  processes: 16, memoryBytes: 64 * 1024 * 1024, fileBytes: 1024 * 1024, folderBytes: 1024 * 1024, openFiles: 64, cpuSeconds: 5, ms: 5_000,
};
const HOW_STRICT = 'a network of its own, which reaches what the location\'s egress rules allow';

/** @param allowUnsandboxed whether user code may run without walls where there can be none (ASSAY_ALLOW_UNSANDBOXED). */
export async function findSandbox(allowUnsandboxed: boolean): Promise<SandboxFacts> {
  const root = process.getuid?.() === 0;
  const controlGroup = process.platform === 'linux' ? await findControlGroup() : null;
  const groups = controlGroup ? `memory limited by cgroup v${controlGroup.version}` : 'no writable cgroup: memory limited a process only';
  const walls = `bubblewrap${root ? ', a user of its own for each job' : ''}; ${groups}`;
  const notStrict = process.platform === 'linux' ? await trial('strict', root) : 'bubblewrap is for Linux only';
  if (notStrict === null) return { level: 'strict', controlGroup, root, says: `level strict (${walls}; ${HOW_STRICT})` };
  const problem = process.platform === 'linux' ? await trial('standard', root) : notStrict;
  if (problem === null) {
    return { level: 'standard', controlGroup, root, says: `level standard (${walls}; no \`strict\` level, so user code reaches whatever this machine reaches: ${notStrict})` };
  }
  if (!allowUnsandboxed) {
    const get = problem.includes('not found') ? 'Get it with `apt-get install bubblewrap`' : 'Allow this process to make namespaces, or run the agent where it may';
    return { level: null, controlGroup, root, says: `User code is not run: there is no sandbox (${problem}). ${get}; ASSAY_ALLOW_UNSANDBOXED=1 runs it without one.` };
  }
  const bare = process.platform === 'win32' ? 'Windows is not supported' : await trial('none', root);
  if (bare !== null) return { level: null, controlGroup, root, says: `User code is not run: not even without a sandbox (${bare}).` };
  return { level: 'none', controlGroup, root, says: `level none: user code can read and change whatever this agent can (ASSAY_ALLOW_UNSANDBOXED=1); bubblewrap: ${problem}` };
}

/** Null when a program runs at this level, else the reason. */
async function trial(level: 'strict' | 'standard' | 'none', root: boolean): Promise<string | null> {
  const uid = root ? trialUser() : null;
  const folder = await makeJobFolder(uid);
  let network: StrictNetwork | null = null;
  try {
    if (level === 'strict') network = await openStrictNetwork(folder.path, uid);
    const command = sandboxCommand({
      level, uid, folder: folder.path, mounts: network?.mounts ?? [], groups: [], env: {}, limits: withRelay(TRIAL_LIMITS), command: network?.command(['true']) ?? ['true'],
    });
    const contained = contain({ command, folder: folder.path, folderBytes: TRIAL_LIMITS.folderBytes });
    contained.end();
    const ending = await contained.begin({ ms: TRIAL_LIMITS.ms, signal: new AbortController().signal, onReport: () => {} });
    if (ending.why !== 'exit') return 'the trial did not end';
    if (ending.code === 0) return null;
    return ending.said.split('\n').at(-1)?.replace(/^.*exec: (\w+): not found$/, '`$1` was not found') || `the trial ended with ${ending.code ?? ending.signal}`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await network?.close();
    await folder.remove();
  }
}
