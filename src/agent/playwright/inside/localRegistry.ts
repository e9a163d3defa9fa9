/**
 * A package registry on the sandbox's own loopback: what an install asks for comes from the bundle's own tarballs, else from the registries
 * that its rules name (cli-wire 8).
 * Promises: an embedded package comes before all others; of a rule's registries the first one that has a package gives it, and no other
 * registry hears of it; credentials go to the registry that they are of, and nowhere else, redirects included.
 * Never: a name, an address or a token in what it answers to whom it does not concern; it ends with the install.
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EmbeddedPackage } from './embeddedPackages.ts';
import { ruleFor, type RoutingRule, type Upstream } from './registryRules.ts';

export interface LocalRegistry {
  /** Ends with a slash. */
  url: string;
  close(): void;
}

export interface RegistryOptions {
  embedded: readonly EmbeddedPackage[];
  rules: readonly RoutingRule[];
  /** A package that nobody gave, and why: for the job log. */
  onMiss(sentence: string): void;
}

/** ms that a registry has for an answer, all of it. */
const PATIENCE_MS = 120_000;
/** Name and, of a tarball, its file; packages of a scope have a slash in theirs. In front may be whatever a lock file had there. */
const TARBALL = /(?:^|\/)((?:@[^/]+\/)?[^/@]+)\/-\/(?:[^/]+\/)?([^/]+\.tgz)$/;
const MANIFEST = /^\/((?:@[^/]+\/)?[^/]+)$/;
/** As some registries have them in their lock files: `/download/@scope/name/1.2.3/…`. */
const OTHER_TARBALL = /\/(@[^/]+\/[^/]+)\/(\d+\.\d+\.\d+[^/]*)(?:\/|$)/;

type Packument = { versions?: Record<string, { dist?: { tarball?: string } } | undefined>; 'dist-tags'?: Record<string, string> } & Record<string, unknown>;
type Got = { from: Upstream; answer: Response };

export async function startLocalRegistry(options: RegistryOptions): Promise<LocalRegistry> {
  const registry = new Registry(options);
  const server = createServer((request, response) => {
    registry.answer(request, response).catch((error: Error) => {
      if (response.headersSent) return void response.destroy();
      sendJson(response, 502, { error: error.message });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  registry.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url: registry.url,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

class Registry {
  url = '';
  private readonly options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.options = options;
  }

  async answer({ url = '/', method }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(url, 'http://x').pathname);
    if (method !== 'GET' && method !== 'HEAD') return sendJson(response, 404, { error: 'This registry only gives packages.' });
    const [, name, file] = TARBALL.exec(path) ?? [];
    if (name !== undefined && file !== undefined) return this.giveTarball(name, ({ version }) => fileOf(name, version) === file, file, response);
    const [, scoped, version] = OTHER_TARBALL.exec(path) ?? [];
    if (scoped !== undefined && version !== undefined) return this.giveTarball(scoped, (one) => one.version === version, fileOf(scoped, version), response);
    const [, wanted] = MANIFEST.exec(path) ?? [];
    return wanted === undefined ? sendJson(response, 404, { error: 'Not found' }) : this.givePackument(wanted, response);
  }

  private async giveTarball(name: string, isIt: (one: EmbeddedPackage) => boolean, file: string, response: ServerResponse): Promise<void> {
    const own = this.options.embedded.find((one) => one.name === name && isIt(one));
    if (own) {
      response.setHeader('content-type', 'application/octet-stream');
      return pipeline(createReadStream(own.path), response);
    }
    const got = await this.first(name, async (upstream) => {
      const answer = await ask(upstream, `${upstream.url}${name}/-/${file}`);
      if (answer.status !== 404) return answer;
      // Not all keep their tarballs at the usual place: those that do not say where.
      const told = await ask(upstream, upstream.url + escaped(name));
      if (!told.ok) return answer;
      const { versions = {} } = await told.json() as Packument;
      const place = Object.entries(versions).find(([version]) => fileOf(name, version) === file)?.[1]?.dist?.tarball;
      return place === undefined ? answer : ask(upstream, new URL(place, upstream.url).href);
    });
    if (got === null) return sendJson(response, 404, { error: `No registry has ${name} (${file}).` });
    await relay(got.answer, response);
  }

  private async givePackument(name: string, response: ServerResponse): Promise<void> {
    const own = this.options.embedded.filter((one) => one.name === name);
    const got = await this.first(name, (upstream) => ask(upstream, upstream.url + escaped(name)), own.length > 0);
    if (got !== null && !got.answer.ok && own.length === 0) return relay(got.answer, response);
    if (got === null && own.length === 0) return sendJson(response, 404, { error: `No registry has ${name}.` });
    const told = got?.answer.ok === true ? await got.answer.json() as Packument : {};
    const versions: Record<string, unknown> = {};
    for (const [version, manifest] of Object.entries(told.versions ?? {})) {
      versions[version] = { ...manifest, dist: { ...manifest?.dist, tarball: this.place(name, version) } };
    }
    for (const { version, manifest, integrity, shasum } of own) versions[version] = { ...manifest, dist: { tarball: this.place(name, version), integrity, shasum } };
    sendJson(response, 200, { ...told, name, 'dist-tags': { latest: own.at(-1)?.version, ...told['dist-tags'] }, versions });
  }

  private place(name: string, version: string): string {
    return `${this.url}${name}/-/${fileOf(name, version)}`;
  }

  /** The first answer of a registry that has it; a registry that is not there is as good as one that has not. Any other refusal is final. */
  private async first(name: string, get: (upstream: Upstream) => Promise<Response>, quiet = false): Promise<Got | null> {
    const rule = ruleFor(this.options.rules, name);
    const reasons: string[] = [];
    for (const upstream of rule?.upstreams ?? []) {
      try {
        const answer = await get(upstream);
        if (answer.status !== 404) {
          if (!answer.ok && !quiet) this.options.onMiss(`The registry "${upstream.name}" refused ${name} with HTTP ${answer.status}.`);
          return { from: upstream, answer };
        }
        reasons.push(`"${upstream.name}" does not have it`);
      } catch (error) {
        reasons.push(`"${upstream.name}" is not reached (${reasonOf(error as Error)})`);
      }
    }
    if (!quiet) this.options.onMiss(`No registry gave ${name}: ${rule === null ? 'no rule fits its name' : reasons.join(', ')}.`);
    return null;
  }
}

const fileOf = (name: string, version: string): string => `${name.replace(/^.*\//, '')}-${version}.tgz`;
/** As registries expect the names of packages that have a scope. */
const escaped = (name: string): string => name.replace('/', '%2f');

/** `fetch` leaves credentials out where a redirect leads to another origin. */
function ask({ url, authorization }: Upstream, address: string): Promise<Response> {
  const theirs = authorization !== null && new URL(address).origin === new URL(url).origin;
  return fetch(address, { headers: theirs ? { authorization } : {}, signal: AbortSignal.timeout(PATIENCE_MS) });
}

/** `fetch` has a sentence of its own for everything, and the reason behind it. */
function reasonOf({ message, cause }: Error): string {
  const { code, message: inner } = (cause ?? {}) as { code?: string; message?: string };
  return code ?? inner ?? message;
}

/** The body comes unpacked: its length and its encoding are others than were told. */
async function relay({ status, headers, body }: Response, response: ServerResponse): Promise<void> {
  response.writeHead(status, { 'content-type': headers.get('content-type') ?? 'application/octet-stream' });
  if (body === null) return void response.end();
  await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), response);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
