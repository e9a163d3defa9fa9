/** Installs by real package managers of a bundle that says where its packages come from. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { startRegistry, type Registry } from '../../../../test/registry.ts';
import { lockedProject, writeFiles, type Lock, type ProjectFiles } from '../../../../test/suiteProjects.ts';
import { applyBundleRegistries } from './bundleRegistries.ts';
import { planInstall } from './packageInstall.ts';

const MODULES = join(import.meta.dirname, '../../../../node_modules');
const TOKEN = 'sesame-4711';
/** In the order of their manifests: from everybody's registry, from one that wants a token, out of the bundle itself. */
const PACKAGES = ['open-pack', '@acme/closed', '@acme/carried'] as const;
const manifest = { name: 'suite', version: '1.0.0', private: true, dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0'])) };

/** Has all of them; lock files are made with it, and afterwards it is not to be asked. */
let all: Registry;
const tarballs = new Map<string, Buffer>();
before(async () => {
  all = await startRegistry();
  for (const name of PACKAGES) {
    all.add({ name, version: '1.0.0' }, { 'index.js': `module.exports = ${JSON.stringify(name)};\n` });
    tarballs.set(name, Buffer.from(await (await fetch(`${all.url}${name}/-/${name.replace(/^.*\//, '')}-1.0.0.tgz`)).arrayBuffer()));
  }
});
after(() => all[Symbol.asyncDispose]());

/** A registry below `/npm/`. @param token which every request must have. @param at where its tarballs are, when not at the usual place. */
async function startUpstream(t: TestContext, names: readonly string[], { token, at }: { token?: string; at?: string } = {}) {
  const asked: string[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    const path = decodeURIComponent(url).replace(/^\/npm\//, '');
    asked.push(path);
    const name = names.find((one) => path === one || path.startsWith(`${one}/`) || path === `${at}/${one}`);
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end();
    if (name === undefined) return response.writeHead(404).end();
    if (path === name) return response.end(JSON.stringify({ name, versions: { '1.0.0': { name, version: '1.0.0', dist: { tarball: `http://${headers.host}/npm/${at ?? ''}/${name}` } } } }));
    if (at !== undefined && !path.startsWith(at)) return response.writeHead(404).end();
    response.end(tarballs.get(name));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm/`, asked };
}

function placed(t: TestContext, files: ProjectFiles, embedded: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'assay-registries-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  writeFiles(root, files);
  const folder = join(root, '.checkly/embedded-packages');
  if (embedded.length > 0) mkdirSync(folder, { recursive: true });
  for (const name of embedded) writeFileSync(join(folder, `${name.replace('/', '+')}@1.0.0.tgz`), tarballs.get(name) ?? '');
  return root;
}

/** As the suite program does it. @returns what was missed. */
async function install(root: string, variables: Record<string, string>): Promise<string[]> {
  const missed: string[] = [];
  const plan = planInstall(root, root);
  assert.ok(plan);
  const env = { PATH: [join(MODULES, '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter), HOME: mkdtempSync(join(root, 'home-')), CI: '1', ...variables };
  const registries = await applyBundleRegistries({ root, folder: root, env, onMiss: (text) => missed.push(text) });
  const yarn = join(MODULES, plan.tool === 'yarn-berry' ? '@yarnpkg/cli-dist' : 'yarn', 'bin/yarn.js');
  const command = plan.command.replace(/^yarn/, `"${process.execPath}" "${yarn}"`);
  try {
    await promisify(execFile)('/bin/sh', ['-c', command], { cwd: plan.folder, env: { ...env, ...plan.env, ...registries?.env } });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command}\n${stdout}\n${stderr}\n${missed.join('\n')}`);
  } finally {
    registries?.close();
  }
  return missed;
}

const installed = (root: string) => PACKAGES.map((name) => readFileSync(join(root, 'node_modules', name, 'index.js'), 'utf8').includes(name));
/** Nobody listens there any more. */
const DEAD = await (async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => { server.close(closed); });
  return `http://127.0.0.1:${port}/`;
})();

for (const lock of ['npm', 'pnpm', 'yarn', 'berry'] as Lock[]) {
  test(`rules and embedded packages, with ${lock}: each package from where it belongs, the token to whom it is for`, async (t) => {
    const files = await lockedProject(lock, '', all.url, { 'package.json': JSON.stringify(manifest) });
    const open = await startUpstream(t, ['open-pack'], { at: 'elsewhere' });
    const closed = await startUpstream(t, ['@acme/closed'], { token: TOKEN });
    const rules = {
      version: 1, upstreams: { open: { url: open.url }, dead: { url: DEAD }, closed: { url: closed.url, auth: { type: 'bearer', token: '${THE_TOKEN}' } } },
      packages: [{ pattern: '@acme/*', upstreams: ['dead', 'closed'] }, { pattern: '**', upstreams: ['open'] }],
    };
    const before = all.paths.length;
    // What the bundle's own files say is not obeyed.
    const own = `registry=${DEAD}\n@acme:registry=${DEAD}\n${DEAD.replace('http:', '')}:_authToken=other\n`;
    const root = placed(t, { ...files, '.npmrc': own, '.checkly/config/registries.json': JSON.stringify(rules) }, ['@acme/carried']);
    assert.deepEqual(await install(root, { THE_TOKEN: TOKEN }), []);
    assert.deepEqual(installed(root), [true, true, true]);
    assert.deepEqual([all.paths.slice(before), open.asked.filter((path) => path.includes('acme')), closed.asked.filter((path) => !path.startsWith('@acme/'))], [[], [], []]);
    assert.deepEqual(closed.asked.filter((path) => path.includes('carried') && path.endsWith('.tgz')), [], 'what the bundle has comes from there');
    const left = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(TOKEN));
    assert.deepEqual(left.map(({ name }) => name), [], 'the token is in no file');
  });
}

test('embedded packages without rules: the others come from the registry of .npmrc, with its credentials; without a lock file too', async (t) => {
  const closed = await startUpstream(t, ['open-pack', '@acme/closed'], { token: TOKEN });
  const npmrc = `registry=${closed.url}\n${closed.url.replace('http:', '')}:_authToken=\${THE_TOKEN}\n`;
  const root = placed(t, { 'package.json': JSON.stringify(manifest), '.npmrc': npmrc }, ['@acme/carried']);
  assert.deepEqual(await install(root, { THE_TOKEN: TOKEN }), []);
  assert.deepEqual(installed(root), [true, true, true]);
  assert.deepEqual(closed.asked.filter((path) => path.endsWith('.tgz') && path.includes('carried')), []);
});

test('who gives nothing is named; a rule is no way to another one; rules that cannot be followed say why', async (t) => {
  const open = await startUpstream(t, PACKAGES);
  const rules = { version: 1, upstreams: { open: { url: open.url }, dead: { url: DEAD } }, packages: [{ pattern: '@acme/*', upstreams: ['dead'] }, { pattern: '**', upstreams: ['open'] }] };
  const bundle = (more: object) => placed(t, { 'package.json': JSON.stringify(manifest), '.checkly/config/registries.json': JSON.stringify({ ...rules, ...more }) }, []);
  const dead = bundle({});
  await assert.rejects(install(dead, {}), /No registry gave @acme\/closed: "dead" is not reached \(ECONNREFUSED\)\./);
  assert.deepEqual(open.asked.filter((path) => path.includes('acme')), []);
  await assert.rejects(install(bundle({ version: 9 }), {}), /^BundleError|cannot be installed: \.checkly\/config\/registries\.json has version 9/);
  const broken = bundle({});
  mkdirSync(join(broken, '.checkly/embedded-packages'));
  writeFileSync(join(broken, '.checkly/embedded-packages/x.tgz'), 'nonsense');
  await assert.rejects(install(broken, {}), /has a file that is no package: "\.checkly\/embedded-packages\/x\.tgz"/);
  const none = placed(t, { 'package.json': '{}' }, []);
  assert.equal(await applyBundleRegistries({ root: none, folder: none, env: {}, onMiss: () => {} }), null);
  assert.ok(!existsSync(join(none, '.npmrc')));
});
