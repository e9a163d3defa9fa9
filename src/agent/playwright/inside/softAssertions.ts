/** Which errors of a test are soft assertions: those after which it went on (C.7). */
import { readFileSync } from 'node:fs';
import type { TestError, TestResult, TestStep } from '@playwright/test/reporter';

/** Lines above the place of an assertion in which it may have begun. */
const LINES_BEFORE = 12;

/** A function that knows the soft ones among the errors of a result. */
export function softAmong({ steps }: Pick<TestResult, 'steps'>): (error: TestError) => boolean {
  const messages = new Set<string>();
  const look = (list: readonly TestStep[]): void => {
    for (const step of list) {
      // The title says so in every version, unless the user has given a message: then that is the title, and the source must tell.
      if (step.category === 'expect' && step.error?.message && (/\bsoft\b/i.test(step.title) || isSoftInSource(step))) messages.add(step.error.message);
      look(step.steps);
    }
  };
  look(steps);
  return ({ message }) => message !== undefined && messages.has(message);
}

/** Whether the `expect` that leads to the place of a step is a soft one: `expect.soft(…)`, or of a name that was configured so. */
function isSoftInSource({ location }: TestStep): boolean {
  if (!location) return false;
  try {
    const lines = readFileSync(location.file, 'utf8').split('\n');
    const before = [...lines.slice(Math.max(0, location.line - 1 - LINES_BEFORE), location.line - 1), (lines[location.line - 1] ?? '').slice(0, location.column)].join('\n');
    const soft = [...lines.join('\n').matchAll(/([\w$]+)\s*=\s*[\w$.]+\.configure\(\s*\{[^}]*\bsoft:\s*true/g)].map(([, name]) => name);
    const [, name, how] = [...before.matchAll(/(?<![\w$.])([\w$]*[eE]xpect[\w$]*)\s*(\.soft|\.configure\(\s*\{[^}]*\bsoft:\s*true[^}]*\}\s*\))?\s*(?:<[^>\n]*>)?\s*\(/g)].at(-1) ?? [];
    return how !== undefined || soft.includes(name);
  } catch {
    return false;
  }
}
