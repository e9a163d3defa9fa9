/**
 * Takes secrets out of everything that leaves an agent (A.10, "Scrubbing of secrets").
 * Promises: no secret that it was told of remains, in any of the usual encodings; the shape of JSON stays.
 * Never: pictures and videos.
 */
import { needlesOf, type Needle } from './needles.ts';
import { replacePlaces } from './needlePlaces.ts';

export const MASK = '******';
/** Host names and DNS names are told in small letters, whatever case a secret in them has. Shorter ones are ordinary words. */
const HOST_LIKE = /^[\w.-]{6,253}$/;
/** A line of a secret, or its name as a file, that is shorter may be an ordinary word. */
const SHORTEST_PART = 8;

export interface Redactor {
  /** `text` with every secret replaced. */
  text(text: string): string;
  /** A JSON value, replaced in depth: strings, keys and numbers that equal a secret. The original stays as it is. */
  value<T>(json: T): T;
  /** More secrets, for all calls from now on. */
  add(...secrets: string[]): void;
  /** All that it looks for: whoever scrubs in another thread makes a redactor of them there. They go nowhere else. */
  secrets(): readonly string[];
}

/** Secrets are the values of the variables marked secret, and `extra`. Trivial ones are left alone: see `isTrivial`. */
export function createRedactor(
  variables: readonly { key: string; value: string; secret: boolean }[], extra: readonly string[] = [],
): Redactor {
  const secrets = new Set<string>();
  const needles = new Map<string, Needle>();
  let list: readonly Needle[] = [];
  const add = (...more: string[]) => {
    for (const secret of more.flatMap(formsOf)) {
      if (isTrivial(secret) || secrets.has(secret)) continue;
      secrets.add(secret);
      for (const needle of needlesOf(secret)) needles.set(String(needle.whole), needle);
    }
    list = [...needles.values()];
  };
  add(...variables.filter(({ secret }) => secret).map(({ value }) => value), ...extra);
  const text = (source: string) => replacePlaces(source, list, () => MASK);
  return {
    add,
    text,
    secrets: () => [...secrets],
    value: <T>(json: T) => (secrets.size === 0 ? json : replaceDeep(json, text, (number) => secrets.has(String(number))) as T),
  };
}

/**
 * A line break at the end seldom makes it to where the secret is used, and those within are told in many ways: with other signs, as spaces,
 * with something at the beginning of each line. So each line is a secret of its own. Test runners name folders and files after titles,
 * with a dash for everything that is no letter and no digit.
 */
function formsOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  const fileName = secret.replace(/[\0-,./:-@[-`{-\x7f]+/g, '-').replace(/^-+|-+$/g, '');
  const long = (lines.length > 1 ? [...lines, fileName] : [fileName]).filter((part) => part.length >= SHORTEST_PART);
  return [secret, secret.trim(), ...(HOST_LIKE.test(secret) ? [secret.toLowerCase()] : []), ...long];
}

/** What A.10 exempts, and parts of it: without these no trace or log would be readable. Single characters protect nothing. */
function isTrivial(secret: string): boolean {
  return secret.length < 2 || /^\*+$/.test(secret) || ['/artifact/', 'https://', 'http://', '123'].some((exempt) => exempt.includes(secret));
}

/** Walks with a list of its own instead of the stack; what is shared in the original is shared in the copy. */
function replaceDeep(root: unknown, text: (source: string) => string, isSecret: (number: number) => boolean): unknown {
  const copies = new Map<object, object>();
  const waiting: [from: object, to: object][] = [];
  const copyOf = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return isSecret(value) ? MASK : value;
    if (typeof value !== 'object' || value === null) return value;
    let copy = copies.get(value);
    if (!copy) {
      copy = Array.isArray(value) ? [] : {};
      copies.set(value, copy);
      waiting.push([value, copy]);
    }
    return copy;
  };
  const result = copyOf(root);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [from, to] = next;
    if (Array.isArray(from)) for (const item of from) (to as unknown[]).push(copyOf(item));
    else for (const [key, item] of Object.entries(from)) put(to, text(key), copyOf(item));
  }
  return result;
}

/** Two keys may become the same one: the later gets a number. Defined, not assigned: a key may be `__proto__`. */
function put(target: object, key: string, value: unknown): void {
  let free = key;
  for (let n = 2; Object.hasOwn(target, free); n++) free = `${key} (${n})`;
  Object.defineProperty(target, free, { value, writable: true, enumerable: true, configurable: true });
}

const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'cookie2', 'set-cookie2', 'authentication', 'x-amz-security-token',
  'x-functions-key', 'ocp-apim-subscription-key', 'x-vault-token', 'private-token', 'job-token',
]);
const CREDENTIAL_WORDS = /(?:^|[-_])(?:token|secret|passw(?:or)?d|api-?key|auth-?key|auth|authorization|credentials?|access-?key|private-?key|session-?(?:id|token|key))(?:$|[-_])/;

/** The same few names come with every answer: what was found out about a name is remembered. */
const judgedNames = new Map<string, boolean>();
const MOST_NAMES = 1_000;

/** True for headers that usually carry credentials, in any case of letters. */
export function isCredentialHeader(name: string): boolean {
  let credential = judgedNames.get(name);
  if (credential === undefined) {
    credential = carriesCredential(name);
    if (judgedNames.size < MOST_NAMES && name.length < 100) judgedNames.set(name, credential);
  }
  return credential;
}

function carriesCredential(name: string): boolean {
  const lower = name.trim().toLowerCase().replaceAll('_', '-');
  if (CREDENTIAL_HEADERS.has(lower)) return true;
  // access-control-allow-credentials and its like say yes or no.
  return !lower.startsWith('access-control-') && CREDENTIAL_WORDS.test(lower);
}

/** A copy with the values of credential headers, and of those in `lockedNames` (any case), masked (B.17). */
export function maskHeaders<V extends string | string[] | undefined>(
  headers: Readonly<Record<string, V>>, lockedNames: Iterable<string> = [],
): Record<string, V> {
  const locked = new Set(Array.from(lockedNames, (name) => name.toLowerCase()));
  const mask = (value: V) => (Array.isArray(value) ? value.map(() => MASK) : value === undefined ? value : MASK) as V;
  const masked: Record<string, V> = { ...headers };
  for (const name of Object.keys(masked)) {
    if (isCredentialHeader(name) || (locked.size > 0 && locked.has(name.toLowerCase()))) masked[name] = mask(masked[name] as V);
  }
  return masked;
}
