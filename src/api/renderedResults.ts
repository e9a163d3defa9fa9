/**
 * Results that have settled never change: their text is rendered once and kept.
 * Two generations: what is read moves to the younger, and when that is full the older is dropped whole. A read of a
 * young text changes nothing, which an exact order of use would not allow.
 */

const MOST_CHARS = 64 * 1024 * 1024;

export interface RenderedResults { get(key: string): string | undefined; keep(key: string, text: string): void }

/** @param mostChars of both generations together, roughly. */
export function createRenderedResults(mostChars: number = MOST_CHARS): RenderedResults {
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  let chars = 0;
  const keep = (key: string, text: string) => {
    if (text.length > mostChars / 4 || young.has(key)) return;
    if (chars + text.length > mostChars / 2) {
      old = young;
      young = new Map();
      chars = 0;
    }
    young.set(key, text);
    chars += text.length;
  };
  return {
    get(key) {
      const text = young.get(key);
      if (text !== undefined) return text;
      const older = old.get(key);
      if (older !== undefined) keep(key, older);
      return older;
    },
    keep,
  };
}
