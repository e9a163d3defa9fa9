/** The registries and credentials that a project's own .npmrc files name, as rules: for bundles that bring packages but no rules. */
import { existsSync, readFileSync } from 'node:fs';
import type { RoutingRule, Upstream } from './registryRules.ts';

type Env = Readonly<Record<string, string | undefined>>;

const PUBLIC = 'https://registry.npmjs.org/';
/** As npm fills them in: what is not there stays as it is. */
const expand = (text: string, env: Env): string => text.replace(/\$\{([^}?]+)(\??)\}/g, (whole, name: string, optional: string) => env[name] ?? (optional ? '' : whole));

/** Settings by name; of several files the first one counts. */
function settingsIn(files: readonly string[], env: Env): Map<string, string> {
  const settings = new Map<string, string>();
  for (const file of files.filter((path) => existsSync(path))) {
    const own = new Map<string, string>();
    for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
      const [, key, value] = /^\s*([^#;\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) own.set(expand(key, env), expand(value.replace(/^(["'])(.*)\1$/, '$2'), env));
    }
    for (const [key, value] of own) if (!settings.has(key)) settings.set(key, value);
  }
  return settings;
}

/** @param files .npmrc files, the nearest one first. @param fallback the registry where they name none. */
export function rulesOfNpmrc(files: readonly string[], env: Env, fallback: string | null): RoutingRule[] {
  const settings = settingsIn(files, env);
  const upstream = (name: string, given: string): Upstream => {
    const url = given.endsWith('/') ? given : `${given}/`;
    return { name, url, authorization: credentialsFor(url, settings) };
  };
  const scopes = [...settings].flatMap(([key, value]) => {
    const [, scope] = /^(@[^:/]+):registry$/.exec(key) ?? [];
    return scope === undefined || !URL.canParse(value) ? [] : [{ pattern: `${scope}/*`, upstreams: [upstream(scope, value)] }];
  });
  const main = settings.get('registry') ?? fallback ?? PUBLIC;
  return [...scopes, { pattern: '**', upstreams: [upstream('registry', URL.canParse(main) ? main : PUBLIC)] }];
}

/** Keys are addresses without their scheme, of the registry or of a folder above it. */
function credentialsFor(url: string, settings: ReadonlyMap<string, string>): string | null {
  const { host, pathname } = new URL(url);
  for (let path = pathname; ; path = path.replace(/[^/]*\/$/, '')) {
    for (const key of [`//${host}${path}`, `//${host}${path.replace(/\/$/, '')}`]) {
      const [token, auth, user, password] = ['_authToken', '_auth', 'username', '_password'].map((name) => settings.get(`${key}:${name}`));
      if (token) return `Bearer ${token}`;
      if (user && password) return `Basic ${Buffer.from(`${user}:${Buffer.from(password, 'base64').toString()}`).toString('base64')}`;
      if (auth) return `Basic ${auth}`;
    }
    if (path === '/') return null;
  }
}
