/** What agent and suite program tell each other, one JSON object a line. Types alone: at run time there is nothing here. The agent trusts none of the reports. */
import type { BundleLimits } from './unpackBundle.ts';

/** On standard input; a later line `stop` asks to end by itself. All paths absolute. */
export interface SuiteTask {
  stage: 'install' | 'test' | 'rehearsal';
  /** The gzip tar; removed when it has been unpacked. A rehearsal has none. */
  bundle: string;
  /** The project's root: it exists. */
  root: string;
  /** Relative to the root; `.` for it. */
  workingDir: string;
  limits: BundleLimits;
  /** Folders of the root that are there already and cannot be written: what the bundle has in them is left out. */
  skip: string[];
  /** Shell text of the user's; null: the package manager's own install. */
  command: string | null;
  /** Variables of the check. */
  env: Record<string, string>;
  /** What the children have beside them, and whatever those say. */
  ownEnv: Record<string, string>;
  /** Programs that come before all others. */
  bin: string;
  /** Versions of the package managers among them. */
  versions: Partial<Record<string, string>>;
  /** Events of Playwright's processes are appended to this file. */
  events: string;
  /** Of a rehearsal: the folder for the code that Node compiles. */
  compiled: string;
}

export type SuiteReport =
  /** The sentence's rest, after "The code bundle". */
  | { suite: 'bundle'; problem: string }
  | { suite: 'unpacked'; entries: number; bytes: number }
  /** The install needs this package manager, which is not among the programs yet. Nothing was run. */
  | { suite: 'missing'; tool: 'pnpm' | 'yarn-classic' | 'yarn-berry' }
  /** Before a command is started; for people. */
  | { suite: 'command'; text: string; folder: string }
  /** `folders`: each node_modules, relative to the root. `browsers`: what the project's own Playwright says about its browsers (JSON). */
  | { suite: 'installed'; folders: string[]; playwright: { version: string; browsers: string } | null }
  /** Whether it has left compiled code. */
  | { suite: 'rehearsed'; compiled: boolean }
  /** Of the command. `said`: the end of what it wrote. */
  | { suite: 'ended'; code: number | null; signal: string | null; said: string }
  /** It could not be carried out here. */
  | { suite: 'fault'; message: string };
