/**
 * JSON for people, token by token: numbers of any length, repeated keys and their order stay as they were sent, which parsing and writing
 * anew would change. Pure; linear in the length of the text, however deep it is nested.
 */

/** Deeper levels are indented no further: the text would grow with the square of its depth. */
const DEEPEST = 24;
const TOKEN = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** @returns null where the text is no JSON. `cut`: only its beginning was kept, so that it need not be whole. */
export function formatJson(text: string, cut = false): string | null {
  if (!/^\s*[[{"]/.test(text)) return null;
  return cut || isJson(text) ? laidOut(text.match(TOKEN) ?? []) : null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function laidOut(tokens: readonly string[]): string {
  const out: string[] = [];
  let depth = 0;
  const newLine = () => out.push('\n', '  '.repeat(Math.min(DEEPEST, Math.max(0, depth))));
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    if (token === '}' || token === ']') {
      depth -= 1;
      if (before !== '{' && before !== '[') newLine();
      out.push(token);
    } else if (token === ':') {
      out.push(': ');
    } else if (token === ',') {
      out.push(token);
      newLine();
    } else {
      if (before === '{' || before === '[') newLine();
      out.push(token);
      if (token === '{' || token === '[') depth += 1;
    }
  }
  return out.join('');
}

export type JsonPart = readonly [kind: 'key' | 'text' | 'value' | 'sign', text: string];

/** A text of `formatJson` in coloured parts; put together again they are the text. */
export function jsonParts(formatted: string): JsonPart[] {
  return Array.from(formatted.matchAll(/("(?:[^"\\\n]|\\.)*"?)(?=(:)?)|[^\s{}[\],:"]+|[\s{}[\],:]+/g), ([all, text, colon]) => {
    if (text !== undefined) return [colon ? 'key' : 'text', all] as const;
    return [/^[\s{}[\],:]/.test(all) ? 'sign' : 'value', all] as const;
  });
}
