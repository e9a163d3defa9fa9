/**
 * What a code bundle says about where its packages come from, put into force for an install (cli-wire 8): a registry of our own in front,
 * and the project's settings changed so that every package manager asks it.
 * Promises: where there are rules, no registry and no credential of the project's own files is used; the files of the tests stay as they are
 * (an install has a copy of the project of its own).
 * Never: a token in a file, in a line that is told or in what is left of an install.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join, resolve } from 'node:path';
import tls from 'node:tls';
import { readEmbedded } from './embeddedPackages.ts';
import { startLocalRegistry } from './localRegistry.ts';
import { rulesOfNpmrc } from './npmrcRules.ts';
import { readRules, RulesError, type RoutingRule } from './registryRules.ts';
import { BundleError } from './tarReader.ts';

const RULES_FILE = '.checkly/config/registries.json';
/** Settings of npm and pnpm that say where packages come from. */
const NPMRC_LINE = /^\s*(?:(?:@[^:=\s]+:)?registry|\/\/[^=]*|_auth\w*|_password|username|email|ca(?:\[\])?|cafile|cert|certfile|key|keyfile|strict-ssl|(?:https?-)?proxy|noproxy|no-proxy|replace-registry-host)\s*=/;
/** The same of Yarn's and pnpm's YAML files: keys on top, with all that is indented below them. */
const YAML_KEYS = /^["']?(?:npmRegistryServer|npmRegistries|npmScopes|npmAuth\w+|npmAlwaysAuth|httpProxy|httpsProxy|httpsCaFilePath|networkSettings|enableStrictSsl|registry|registries|unsafeHttpWhitelist|pnpmfile-registry)["']?\s*:/;
const YARNRC_LINE = /^\s*"?(?:@[^:"\s]+:)?registry"?\s|^\s*"?(?:https?-)?proxy"?\s|^\s*"?(?:cafile|strict-ssl)"?\s/;
const DEPTH = 6;

export interface BundleRegistries {
  /** What the package managers' processes must have in their environment. */
  env: Record<string, string>;
  close(): void;
}

interface Around { root: string; folder: string; env: NodeJS.ProcessEnv; onMiss(sentence: string): void }

/** @param folder the working folder. @returns null where the bundle says nothing about it. Throws a BundleError for rules that cannot be followed. */
export async function applyBundleRegistries({ root, folder, env, onMiss }: Around): Promise<BundleRegistries | null> {
  const file = join(root, RULES_FILE);
  const embedded = readEmbedded(root);
  if (!existsSync(file) && embedded.length === 0) return null;
  const rules = existsSync(file) ? followed(file, env) : ownRules(root, folder, env);
  trust(root, env);
  const registry = await startLocalRegistry({ embedded, rules, onMiss });
  for (const at of foldersIn(root)) pointAt(registry.url, at, at === root || at === folder);
  return { env: environment(registry.url), close: registry.close };
}

function followed(file: string, env: NodeJS.ProcessEnv): RoutingRule[] {
  try {
    return readRules(readFileSync(file, 'utf8'), env);
  } catch (error) {
    if (error instanceof RulesError) throw new BundleError(`cannot be installed: ${RULES_FILE} ${error.message}`);
    throw error;
  }
}

function ownRules(root: string, folder: string, env: NodeJS.ProcessEnv): RoutingRule[] {
  const files = [folder, root, env['HOME'] ?? root].map((at) => join(at, '.npmrc'));
  const [, berry] = /^npmRegistryServer:\s*["']?([^"'\s]+)/m.exec(textOf(join(root, '.yarnrc.yml'))) ?? [];
  return rulesOfNpmrc(files, env, berry ?? null);
}

/** Certificates and proxies of the check's environment hold for the registries that the rules name. */
function trust(root: string, env: NodeJS.ProcessEnv): void {
  const file = env['NODE_EXTRA_CA_CERTS'];
  const text = file === undefined ? '' : textOf(resolve(root, file));
  if (text !== '' && 'setDefaultCACertificates' in tls) tls.setDefaultCACertificates([...tls.getCACertificates('default'), text]);
  const proxies = Object.fromEntries(['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const { setGlobalProxyFromEnv } = http as { setGlobalProxyFromEnv?(env: object): void };
  if (Object.keys(proxies).length > 0) setGlobalProxyFromEnv?.(proxies);
}

const environment = (url: string): Record<string, string> => ({
  npm_config_registry: url, npm_config_replace_registry_host: 'always', pnpm_config_registry: url, yarn_registry: url, YARN_NPM_REGISTRY_SERVER: url, YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
  NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost', npm_config_noproxy: '127.0.0.1,localhost',
});

/** The project's own folders. */
function foldersIn(folder: string, depth = 0): string[] {
  if (depth > DEPTH) return [];
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !['node_modules', '.git', '.checkly'].includes(entry.name));
  return [folder, ...inner.flatMap(({ name }) => foldersIn(join(folder, name), depth + 1))];
}

function pointAt(url: string, folder: string, isMain: boolean): void {
  const rewrite = (name: string, change: (text: string) => string): void => {
    const path = join(folder, name);
    if (existsSync(path)) writeFileSync(path, change(readFileSync(path, 'utf8')));
  };
  const npmrc = join(folder, '.npmrc');
  if (isMain || existsSync(npmrc)) {
    writeFileSync(npmrc, `${textOf(npmrc).split('\n').filter((line) => !NPMRC_LINE.test(line)).join('\n')}\nregistry=${url}\nreplace-registry-host=always\n`);
  }
  rewrite('.yarnrc', (text) => `${text.split('\n').filter((line) => !YARNRC_LINE.test(line)).join('\n')}\nregistry "${url}"\n`);
  for (const name of ['.yarnrc.yml', 'pnpm-workspace.yaml']) rewrite(name, withoutKeys);
  // Yarn 1 takes packages from where its lock file has found them; what is checked is their content.
  rewrite('yarn.lock', (text) => (/^__metadata:/m.test(text) ? text : text.replace(/^( {2}resolved ")https?:\/\/[^/"]+\/(?:[^"#]*\/)?((?:@[^/"]+\/)?[^/"]+\/-\/)/gm, `$1${url}$2`)));
}

/** Keys on top of a YAML file, and what belongs to them, taken out. */
function withoutKeys(text: string): string {
  let leaving = false;
  return text.split('\n').filter((line) => {
    if (/^[^\s#}\]-]/.test(line)) leaving = YAML_KEYS.test(line);
    return !leaving;
  }).join('\n');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
