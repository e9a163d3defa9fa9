import { cleanSaid } from './cleanText.ts';
import type { FailedTest } from './groupErrors.ts';

/** `cleaned` has no volatile parts any more; white space and length are the caller's. */
export interface FoundError { raw: string; cleaned: string; test: FailedTest | null }

/** Characters of a text that are looked at: of what follows nobody reads a line. */
export const LONGEST = 10 * 1024;

export const said = (raw: string): FoundError => ({ raw, cleaned: cleanSaid(raw.slice(0, LONGEST)), test: null });
