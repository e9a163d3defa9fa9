/** A session as its page reads it: what the public API shows, and what a page needs besides, so that one read is enough. Ours alone. */
import type { Provider } from './checkTypes.ts';
import type { TestSession } from './sessions.ts';

/** An error group that the session showed. `message` is the cleaned one, `firstSeen` ISO 8601. */
export interface SeenGroup { id: string; message: string; firstSeen: string; archived: boolean }

export interface SessionView extends TestSession {
  /** The number of the last event that the answer knows of. A later read after it holds only sequences that have changed since. */
  lastEvent: number;
  provider: Provider;
  /** The code of the region, or the name of the private location in addresses. */
  region: string;
  /** null where nobody is named. */
  invoker: string | null;
  /** Sequences that somebody has cancelled and whose runs have not stopped yet: all of them, in each answer. */
  cancelling: string[];
  /** Of the results in the answer. */
  errorGroups: SeenGroup[];
}
