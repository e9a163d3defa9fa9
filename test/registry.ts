/** A package registry on loopback: serves packages that are installed here, and made-up ones. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create } from 'tar';

interface Manifest { name: string; version: string; [key: string]: unknown }
interface Served { manifest: Manifest; file: string; pack(): Promise<Buffer>; packed?: Promise<Buffer> }

export interface Registry extends AsyncDisposable {
  /** Ends with a slash. */
  url: string;
  /** Tarballs that were asked for: `name@version`. */
  fetched: string[];
  /** Paths of all requests. */
  paths: string[];
  /** Credentials that requests came with. */
  authorizations: Set<string>;
  /** Adds a package of these files. */
  add(manifest: Manifest, files: Readonly<Record<string, string>>): void;
}

const MODULES = fileURLToPath(new URL('../node_modules/', import.meta.url));
/** Two versions of Playwright, and a Yarn that is not on this machine's path. */
const INSTALLED = [
  '@playwright/test', 'playwright', 'playwright-core', 'playwright-1-52', 'playwright-1-52/node_modules/playwright', 'playwright-1-52/node_modules/playwright-core', '@yarnpkg/cli-dist',
];

export async function startRegistry(): Promise<Registry> {
  const served = new Map<string, Served[]>();
  const folder = mkdtempSync(join(tmpdir(), 'assay-registry-'));
  const fetched: string[] = [];
  const paths: string[] = [];
  const authorizations = new Set<string>();
  const serve = (manifest: Manifest, pack: () => Promise<Buffer>) => {
    const file = `${manifest.name.replace(/^.*\//, '')}-${manifest.version}.tgz`;
    served.set(manifest.name, [...served.get(manifest.name) ?? [], { manifest, file, pack }]);
  };
  for (const name of INSTALLED) {
    const place = join(MODULES, name);
    const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Manifest;
    serve(manifest, () => original(name) ?? packFolder(place));
  }
  const add: Registry['add'] = (manifest, files) => {
    const place = mkdtempSync(join(folder, 'package-'));
    for (const [path, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) writeFileSync(join(place, path), text);
    serve(manifest, () => packFolder(place));
  };
  // Playwright wants it on another system.
  add({ name: 'fsevents', version: '2.3.2', os: ['darwin'] }, {});

  async function answer({ url = '/', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    paths.push(url);
    if (headers.authorization) authorizations.add(headers.authorization);
    const [, name = '', file] = /^\/(@[^/]+\/[^/]+|[^/@][^/]*)(?:\/-\/([^/?]+))?/.exec(decodeURIComponent(url)) ?? [];
    const versions = served.get(name);
    const found = versions?.find((one) => one.file === file);
    if (file !== undefined && found) {
      fetched.push(`${name}@${found.manifest.version}`);
      return void response.setHeader('content-type', 'application/octet-stream').end(await packed(found));
    }
    if (versions === undefined || file !== undefined) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not found"}');
    const base = `http://${headers.host}/${name}/-/`;
    const list = await Promise.all(versions.map(async (one) => {
      const bytes = await packed(one);
      const dist = { tarball: base + one.file, shasum: createHash('sha1').update(bytes).digest('hex'), integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` };
      return [one.manifest.version, { ...one.manifest, dist }] as const;
    }));
    const time = Object.fromEntries(list.map(([version]) => [version, '2020-01-01T00:00:00.000Z']));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ name, 'dist-tags': { latest: list[0]?.[0] }, versions: Object.fromEntries(list), time }));
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, fetched, paths, authorizations, add,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The very tarball that a package was installed from, which npm keeps: its checksum is that of lock files. Null when npm has it no more. */
function original(name: string): Promise<Buffer> | null {
  const place = tarballPath(name);
  return place !== null && existsSync(place) ? readFile(place) : null;
}

function tarballPath(name: string): string | null {
  const lock = JSON.parse(readFileSync(join(MODULES, '../package-lock.json'), 'utf8')) as { packages: Record<string, { integrity?: string } | undefined> };
  const [algorithm = '', digest = ''] = lock.packages[`node_modules/${name}`]?.integrity?.split('-') ?? [];
  const hex = Buffer.from(digest, 'base64').toString('hex');
  const cache = process.env['npm_config_cache'] ?? join(homedir(), '.npm');
  return hex === '' ? null : join(cache, '_cacache/content-v2', algorithm, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
}

/** Whether the tarballs of these packages are the very ones that lock files name. */
export const hasOriginals = (...names: string[]): boolean => names.every((name) => existsSync(tarballPath(name) ?? ''));

const packed = (one: Served): Promise<Buffer> => one.packed ??= one.pack();

async function packFolder(folder: string): Promise<Buffer> {
  const names = readdirSync(folder).filter((name) => name !== 'node_modules' && existsSync(join(folder, name)));
  const chunks: Buffer[] = [];
  for await (const chunk of create({ gzip: { level: 1 }, cwd: folder, prefix: 'package', portable: true }, names) as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
