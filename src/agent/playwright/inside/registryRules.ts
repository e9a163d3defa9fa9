/**
 * Which registry a package comes from: the rules that a code bundle brings (`.checkly/config/registries.json`, version 1). Pure.
 * The first rule whose pattern fits decides, and its registries are tried in turn; there is no way from one rule to the next, so that the
 * name of a private package is never told to whoever serves the rest.
 */

export interface Upstream {
  name: string;
  /** Ends with a slash: paths of packages are put behind it. */
  url: string;
  /** The header that requests carry; null: none. */
  authorization: string | null;
}
export interface RoutingRule { pattern: string; upstreams: readonly Upstream[] }

/** What is wrong with the rules: the rest of a sentence after the file's name. For the person who sent the bundle. */
export class RulesError extends Error {}

const VERSION = 1;
const REFERENCE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @param text of the file. @param env variables of the check: tokens are named there, and their values stand nowhere else.
 * Throws a RulesError, which tells no URL and no token.
 */
export function readRules(text: string, env: Readonly<Record<string, string | undefined>>): RoutingRule[] {
  const { upstreams, packages } = rulesIn(text);
  const known = new Map(Object.entries(upstreams).map(([name, given]) => [name, upstreamOf(name, given, env)]));
  return packages.map((rule, at) => {
    if (!isObject(rule) || typeof rule.pattern !== 'string' || !Array.isArray(rule.upstreams) || rule.upstreams.length === 0) {
      throw new RulesError(`packages[${at}] must have a "pattern" and "upstreams"`);
    }
    return {
      pattern: rule.pattern, upstreams: rule.upstreams.map((name) => known.get(String(name)) ?? refuse(`packages[${at}] names the upstream "${String(name)}", which is not defined`)),
    };
  });
}

function rulesIn(text: string): { upstreams: Fields; packages: unknown[] } {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new RulesError('is no JSON');
  }
  if (!isObject(read)) throw new RulesError('must be an object');
  if (read.version !== VERSION) throw new RulesError(`has version ${JSON.stringify(read.version)}: only version ${VERSION} is known here`);
  if (!isObject(read.upstreams)) throw new RulesError('must have "upstreams", an object');
  if (!Array.isArray(read.packages) || read.packages.length === 0) throw new RulesError('must have "packages", a list of rules');
  return { upstreams: read.upstreams, packages: read.packages };
}

function upstreamOf(name: string, given: unknown, env: Readonly<Record<string, string | undefined>>): Upstream {
  const { url, auth } = isObject(given) ? given : {};
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw new RulesError(`must give the upstream "${name}" a plain http or https "url"`);
  }
  return { name, url: parsed.href.endsWith('/') ? parsed.href : `${parsed.href}/`, authorization: auth === undefined ? null : bearer(name, auth, env) };
}

function bearer(name: string, auth: unknown, env: Readonly<Record<string, string | undefined>>): string {
  const [, variable] = (isObject(auth) && auth.type === 'bearer' && typeof auth.token === 'string' ? REFERENCE.exec(auth.token) : null) ?? [];
  if (variable === undefined) throw new RulesError(`must give the upstream "${name}" an "auth" of type "bearer" whose token is one reference to a variable, like \${NPM_TOKEN}`);
  const token = env[variable];
  if (token === undefined || token === '') throw new RulesError(`asks for the variable ${variable} (token of the upstream "${name}"), which this check does not have`);
  return `Bearer ${token}`;
}

function refuse(problem: string): never {
  throw new RulesError(problem);
}

/** The first rule that fits; null: nobody serves such a package. */
export const ruleFor = (rules: readonly RoutingRule[], name: string): RoutingRule | null => rules.find(({ pattern }) => fits(pattern, name)) ?? null;

/** Runs of stars with the slash behind them, single stars, single letters. */
const TOKENS = /\*{2,}\/?|\*|[^*]/g;

/**
 * Whether a name fits a pattern: `*` is anything but a slash, `**` anything, and a `**` with a slash behind it may be nothing at all.
 * Each token moves the set of places that can be reached in the name: no pattern takes longer than its length times that of the name.
 */
export function fits(pattern: string, name: string): boolean {
  let reached = new Set([0]);
  for (const [token] of pattern.matchAll(TOKENS)) {
    const next = new Set<number>();
    const first = Math.min(...reached);
    if (!token.startsWith('*')) {
      for (const at of reached) if (name[at] === token) next.add(at + 1);
    } else if (token.endsWith('/')) {
      for (const at of reached) next.add(at);
      for (let at = first; at < name.length; at++) if (name[at] === '/') next.add(at + 1);
    } else {
      const stops = (at: number) => token.length === 1 && name[at] === '/';
      for (const start of reached) {
        for (let at = start; !next.has(at); at++) {
          next.add(at);
          if (at >= name.length || stops(at)) break;
        }
      }
    }
    reached = next;
    if (reached.size === 0) return false;
  }
  return reached.has(name.length);
}
