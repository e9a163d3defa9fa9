/** Results that have settled never change: their text is rendered once and kept, the least recently read dropped first. */

const MOST_CHARS = 64 * 1024 * 1024;

export interface RenderedResults { get(key: string): string | undefined; keep(key: string, text: string): void }

export function createRenderedResults(mostChars: number = MOST_CHARS): RenderedResults {
  const texts = new Map<string, string>();
  let chars = 0;
  return {
    get(key) {
      const text = texts.get(key);
      if (text !== undefined) {
        texts.delete(key);
        texts.set(key, text);
      }
      return text;
    },
    keep(key, text) {
      if (text.length > mostChars / 4 || texts.has(key)) return;
      texts.set(key, text);
      chars += text.length;
      for (const [oldest, dropped] of texts) {
        if (chars <= mostChars) break;
        texts.delete(oldest);
        chars -= dropped.length;
      }
    },
  };
}
