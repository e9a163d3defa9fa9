/** JSON text of values of any depth: the runtime's own writer overflows the stack at a few thousand levels. */

/**
 * Compact JSON of `value`; `undefined` where JSON has no text for it (undefined, a function, a symbol). Throws on cycles and bigints.
 */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return textByHand(value);
  }
}

/** Levels of nesting of `value`: 0 for a scalar. Stops counting at `ceiling`. */
export function depthOf(value: unknown, ceiling: number): number {
  let level = [value];
  for (let depth = 0; ; depth++) {
    const next: unknown[] = [];
    let nested = false;
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      nested = true;
      for (const child of Object.values(item)) next.push(child);
    }
    if (!nested || depth >= ceiling) return depth;
    level = next;
  }
}

/** The same text with a stack of our own. Only plain JSON gets here: nothing else nests so deep. */
function textByHand(root: unknown): string | undefined {
  const out: string[] = [];
  const open: { close: string; entries: Iterator<[string, unknown]>; named: boolean; first: boolean }[] = [];
  const write = (value: unknown) => {
    if (typeof value !== 'object' || value === null) {
      out.push(JSON.stringify(value) ?? 'null');
      return;
    }
    const named = !Array.isArray(value);
    const entries = Object.entries(value).filter(([, item]) => !named || JSON.stringify(typeof item === 'object' ? null : item) !== undefined);
    out.push(named ? '{' : '[');
    open.push({ close: named ? '}' : ']', entries: entries.values(), named, first: true });
  };
  write(root);
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const step = top.entries.next();
    if (step.done) {
      out.push(top.close);
      open.pop();
      continue;
    }
    if (!top.first) out.push(',');
    top.first = false;
    const [key, item] = step.value;
    if (top.named) out.push(JSON.stringify(key), ':');
    write(item);
  }
  return out.join('');
}
