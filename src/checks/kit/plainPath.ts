/** JSON paths that name at most one node: the common ones, answered without a library and in time that is linear in the path. */

/** A step of a plain path: a member's name or an array index, which may be negative. */
export type Step = string | number;

const PLAIN_STEP = /\.([\p{L}_][\p{L}\p{N}_]*)|\.?\[(0|-?[1-9]\d{0,14})\]|\.?\['([^'\\]*)'\]|\.?\["([^"\\]*)"\]/uy;

/** The steps of a path that names at most one node (`$.a['b'][0]`); null for any other path. */
export function plainSteps(path: string): Step[] | null {
  if (!path.startsWith('$')) return null;
  const steps: Step[] = [];
  PLAIN_STEP.lastIndex = 1;
  while (PLAIN_STEP.lastIndex < path.length) {
    const match = PLAIN_STEP.exec(path);
    if (!match) return null;
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? match[4])! : Number(match[2]));
  }
  return steps;
}

/** Follows plain steps from `document`; the answer holds one node or none. */
export function followSteps(steps: readonly Step[], document: unknown): unknown[] {
  let current = document;
  for (const step of steps) {
    if (typeof step === 'number') {
      if (!Array.isArray(current)) return [];
      const index = step < 0 ? current.length + step : step;
      if (index < 0 || index >= current.length) return [];
      current = current[index];
    } else {
      const found = member(current, step);
      if (!found) return [];
      current = found.value;
    }
  }
  return [current];
}

/** Own member `name` of an object, or the length of an array or string. */
export function member(value: unknown, name: string): { value: unknown } | null {
  if (name === 'length' && (Array.isArray(value) || typeof value === 'string')) return { value: value.length };
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return null;
  return { value: (value as Record<string, unknown>)[name] };
}
