/** Query strings and the parts of paths are text: this gives their values the types that a route's schema asks for (I.5). */
import type { TSchema } from '../contract/base.ts';

type Query = Record<string, unknown>;
interface Rule { type?: string; anyOf?: Rule[] }

const typeOf = (rule: Rule): string | undefined => rule.type ?? rule.anyOf?.map(typeOf).find((type) => type !== 'null');

function shapeValue(value: unknown, type: string | undefined): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'array') return [value];
  if ((type === 'integer' || type === 'number') && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

/**
 * @returns a function that rewrites a parsed query: `name[]` counts as `name`, a single value of an array is wrapped,
 * and numbers and booleans are read; what cannot be read stays text and fails validation by name.
 */
export function createQueryShape(schema: TSchema): (query: Query) => Query {
  const properties = Object.entries((schema as { properties?: Record<string, Rule> }).properties ?? {})
    .map(([name, rule]) => [name, typeOf(rule)] as const);
  return (query) => {
    const shaped: Query = { ...query };
    for (const [name, type] of properties) {
      const given = [query[name], query[`${name}[]`]].flat().filter((value) => value !== undefined);
      delete shaped[`${name}[]`];
      if (given.length > 0) shaped[name] = shapeValue(given.length === 1 ? given[0] : given, type);
    }
    return shaped;
  };
}
