/** Traces of one browser check, run again and again: bytes on disk with equal parts kept once, and what that costs, against plain files in the same rounds. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createReadStream, globSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { openDiskAssets, type Stored } from '../../src/assets/openAssets.ts';
import { alternate, median, pairedRatio, type Pace } from '../measure.ts';
import { plainProject } from '../plainRuns.ts';
import { ratioLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';

const TRACES = 20;
const MEGABYTE = 1e6;

/** A picture of noise: as large as photographs of this size are. */
function noisyPng(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0); head.writeUInt32BE(side, 4); head.writeUInt8(8, 8); head.writeUInt8(2, 9);
  const lines = Buffer.concat(Array.from({ length: side }, () => Buffer.concat([Buffer.alloc(1), randomBytes(side * 3)])));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]);
}

/** A page as many are: a bundle of scripts, styles and pictures that do not change, and an answer that does. */
async function startPage(): Promise<{ url: string } & AsyncDisposable> {
  const words = (count: number) => Array.from({ length: count }, (_, n) => `function part${n}(tea) { return tea.price * ${n * 7919 % 104_729} + "${(n * 31_337).toString(36)}"; }`).join('\n');
  const files: Record<string, [string, string | Buffer]> = {
    '/': ['text/html', '<!doctype html><link rel="stylesheet" href="a.css"><script src="a.js"></script><img src="a.png"><img src="b.png"><button onclick="fetch(\'now\').then(a => a.text()).then(a => { this.textContent = a; })">Tea</button>'],
    '/a.js': ['text/javascript', words(6_000)], '/a.css': ['text/css', Array.from({ length: 1_500 }, (_, n) => `.c${n} { margin: ${n}px; }`).join('\n')],
    '/a.png': ['image/png', noisyPng(160)], '/b.png': ['image/png', noisyPng(100)],
  };
  const server = createServer((request, response) => {
    const [type, body] = files[request.url ?? ''] ?? ['text/plain', `It is ${Date.now()}: sold out.`];
    response.writeHead(200, { 'content-type': type }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, async [Symbol.asyncDispose]() { server.closeAllConnections(); server.close(); } };
}

const script = (url: string) => `import { expect, test } from '@playwright/test';

test('the shop sells tea', async ({ page }) => {
  await page.goto('${url}');
  await page.getByRole('button').click();
  await expect(page.getByRole('button')).toContainText('sold out');
});
`;

/** What a folder takes of the disk: a file with several names once. */
function bytesOnDisk(folder: string): number {
  const sizes = new Map<number, number>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const { ino, blocks } = statSync(join(entry.parentPath, entry.name));
    sizes.set(ino, blocks * 512);
  }
  return [...sizes.values()].reduce((all, one) => all + one, 0);
}

interface Spent { bytes: number; putMs: number; readMs: number }

/** All traces into a new folder and out of it again. */
async function keep(traces: readonly string[], owner: string | undefined): Promise<Spent> {
  using folder = temporaryFolder();
  const assets = openDiskAssets(folder.path, randomUUID);
  const stored: Stored[] = [];
  const begun = performance.now();
  for (const trace of traces) stored.push(await assets.put(createReadStream(trace), owner));
  const put = performance.now();
  for (const { key, size } of stored) {
    let read = 0;
    for await (const chunk of (await assets.open(key)).stream) read += (chunk as Buffer).length;
    if (read !== size) throw new Error(`${read} bytes of ${size} were read.`);
  }
  return { bytes: bytesOnDisk(folder.path), putMs: put - begun, readMs: performance.now() - put };
}

export async function assets({ rounds, say }: Pace): Promise<Line[]> {
  await using page = await startPage();
  using project = await plainProject({ 'shop.spec.ts': script(page.url), 'playwright.config.ts': 'export default { workers: 1, use: { trace: "on" } };\n' });
  await project.run([`--repeat-each=${TRACES}`]);
  const traces = globSync(join(project.folder, 'test-results', '*', 'trace.zip'));
  if (traces.length !== TRACES) throw new Error(`There are ${traces.length} traces.`);
  const size = traces.reduce((all, trace) => all + statSync(trace).size, 0);
  say(`${TRACES} traces of ${(size / TRACES / 1000).toFixed(0)} kB`);
  const { shared, plain } = await alternate(rounds, { shared: () => keep(traces, 'account'), plain: () => keep(traces, undefined) });
  const of = (spent: readonly Spent[], which: keyof Spent) => spent.map((one) => one[which]);
  const speed = (ms: readonly number[]) => `${(size / MEGABYTE / (median(ms) / 1000)).toFixed(0)} MB/s`;
  const megabytes = (bytes: readonly number[]) => `${(median(bytes) / MEGABYTE).toFixed(2)} MB`;
  return [
    ratioLine(`Bytes on disk of ${TRACES} traces of one browser check`, megabytes(of(shared, 'bytes')), `plain files ${megabytes(of(plain, 'bytes'))}`,
      pairedRatio(of(shared, 'bytes'), of(plain, 'bytes')), { atMost: 0.5 }),
    ratioLine('  put', speed(of(shared, 'putMs')), `plain files ${speed(of(plain, 'putMs'))}`, pairedRatio(of(plain, 'putMs'), of(shared, 'putMs'))),
    ratioLine('  read', speed(of(shared, 'readMs')), `plain files ${speed(of(plain, 'readMs'))}`, pairedRatio(of(plain, 'readMs'), of(shared, 'readMs'))),
  ];
}
