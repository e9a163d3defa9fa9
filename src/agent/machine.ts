/** What user code needs of this machine: found when it is first needed, then shared by all runs of the agent. */
import { findSandbox } from './sandbox/findSandbox.ts';
import { openSandbox, type Sandbox } from './sandbox/sandbox.ts';

/** What the person who runs the agent decided about user code. */
export interface UserCode {
  /** It may run where this machine gives no sandbox. */
  allowUnsandboxed: boolean;
  /** Screenshots and videos are kept; they cannot be scrubbed. */
  keepPictures: boolean;
  /** Absolute: the agent's own folder, for browsers and installed packages that runs share. */
  folder: string;
}

export interface Machine {
  readonly userCode: UserCode;
  /** The sandbox, or the sentence that says why there is none. */
  sandbox(): Promise<Sandbox | string>;
}

/** Looks at nothing yet. */
export function openMachine(userCode: UserCode): Machine {
  let sandbox: Promise<Sandbox | string> | null = null;
  const find = async (): Promise<Sandbox | string> => {
    const facts = await findSandbox(userCode.allowUnsandboxed);
    return facts.level === null ? facts.says : openSandbox(facts);
  };
  return { userCode, sandbox: () => sandbox ??= find() };
}
