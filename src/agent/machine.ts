/** What user code needs of this machine: found when it is first needed, then shared by all runs of the agent. */
import { openBrowsers, type Browsers, type BrowserTree } from './browsers/openBrowsers.ts';
import { findSandbox } from './sandbox/findSandbox.ts';
import { openSandbox, type Sandbox } from './sandbox/sandbox.ts';

/** What the person who runs the agent decided about user code. */
export interface UserCode {
  /** It may run where this machine gives no sandbox. */
  allowUnsandboxed: boolean;
  /** Screenshots and videos are kept; they cannot be scrubbed. */
  keepPictures: boolean;
  /** How many processes wait for the next run at most, of each kind; absent: as many as serve this machine well. */
  warmSlots?: number | undefined;
  /** Absolute: the agent's own folder, for browsers and installed packages that runs share. */
  folder: string;
  /** A Chromium that is to be used for everything (ASSAY_BROWSER); absent or null: the best that is found. */
  browser?: string | null | undefined;
  /** Absolute: where Playwright keeps the browsers that it has downloaded; absent or null: they are not looked at. */
  playwrightFolder?: string | null | undefined;
  /** Absolute: certificates that Node programs of jobs trust beside the usual ones, as the agent does (H.3); absent or null for none. */
  certificates?: string | null | undefined;
}

export interface Machine {
  readonly userCode: UserCode;
  /** The sandbox, or the sentence that says why there is none. */
  sandbox(): Promise<Sandbox | string>;
  /** What is to be ended with the agent: warm slots, caches. `end` never rejects. */
  onClose(end: () => Promise<void>): void;
  /** Ends all of it. */
  close(): Promise<void>;
  /** Browsers for one version of Playwright, or the sentence that says why there are none. Never rejects. */
  browserTree(playwrightCoreFolder: string): Promise<BrowserTree>;
}

/** Looks at nothing yet. */
export function openMachine(userCode: UserCode): Machine {
  let sandbox: Promise<Sandbox | string> | null = null;
  const find = async (): Promise<Sandbox | string> => {
    const facts = await findSandbox(userCode.allowUnsandboxed);
    return facts.level === null ? facts.says : openSandbox(facts, userCode.certificates ?? null);
  };
  const open = () => sandbox ??= find();
  let browsers: Browsers | null = null;
  const ends: (() => Promise<void>)[] = [];
  return {
    userCode, sandbox: open,
    onClose: (end) => { ends.push(end); },
    close: async () => { await Promise.all(ends.splice(0).map((end) => end())); },
    browserTree: (core) => (browsers ??= openBrowsers(userCode, open)).tree(core),
  };
}
