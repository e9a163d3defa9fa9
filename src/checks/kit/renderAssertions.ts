/** Assertions with their templates filled in: `property` and `target` may name variables (B.5, "Coercion"). */
import { renderTemplate } from './template.ts';
import type { AssertionInput } from './assertions.ts';

/**
 * Fills in `{{VAR}}` and its sisters (B.14) in `property` and `target`. A target of another type than text
 * (a number or a boolean) stays as it is.
 */
export function renderAssertions(
  assertions: readonly AssertionInput[], env: Readonly<Record<string, string>>, clock: { now(): number },
): AssertionInput[] {
  return assertions.map((assertion) => ({
    ...assertion,
    property: renderTemplate(assertion.property, env, clock),
    target: typeof assertion.target === 'string' ? renderTemplate(assertion.target, env, clock) : assertion.target,
  }));
}
