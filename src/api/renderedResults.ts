/**
 * Results that have settled never change: their text is rendered once and kept.
 * Two generations: what is read moves to the younger, and when that is full the older is dropped whole. A read of a
 * young text changes nothing, which an exact order of use would not allow. A text with links in it goes before they do, and all
 * texts go when retention has taken something: they may name it.
 */

const MOST_CHARS = 64 * 1024 * 1024;

export interface RenderedResults {
  get(key: string): string | undefined;
  /** @param until Unix ms; Infinity for a text that stays true. @param retired as it was before anything of the text was read. */
  keep(key: string, text: string, until: number, retired: number): void;
}
interface Kept { text: string; until: number; retired: number }

/** @param clock in Unix ms. @param retired how often retention has taken something. @param mostChars of both generations together, roughly. */
export function createRenderedResults(clock: () => number, retired: () => number, mostChars: number = MOST_CHARS): RenderedResults {
  let young = new Map<string, Kept>();
  let old = new Map<string, Kept>();
  let chars = 0;
  const keep = (key: string, text: string, until: number, since: number) => {
    if (text.length > mostChars / 4 || isGood(young.get(key))) return;
    if (chars + text.length > mostChars / 2) {
      old = young;
      young = new Map();
      chars = 0;
    }
    young.set(key, { text, until, retired: since });
    chars += text.length;
  };
  const isGood = (kept: Kept | undefined): kept is Kept => kept !== undefined && kept.retired === retired() && (kept.until === Infinity || kept.until > clock());
  return {
    get(key) {
      const kept = young.get(key);
      if (isGood(kept)) return kept.text;
      const older = old.get(key);
      if (!isGood(older)) return undefined;
      keep(key, older.text, older.until, older.retired);
      return older.text;
    },
    keep,
  };
}
