// Gets the programs of the system that checks need and that no npm package of ours can be: a browser, ffmpeg, the sandbox.
// Looks at files only while everything is there; never fails, it says what is missing instead. Has no dependencies.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const DOWNLOAD_HOST = 'cdn.playwright.dev';
const REACH_MS = 2_500;
const DOWNLOAD_MS = 180_000;
/** Browser and ffmpeg inside npm packages, for machines that reach nothing but an npm registry. */
const PACKED = { browser: '@sparticuz/chromium@147.0.0', ffmpeg: `@ffmpeg-installer/linux-${process.arch}@4.1.0` };
const BROWSERS = [
  '/usr/lib/chromium/chromium-headless-shell', '/usr/lib64/chromium-browser/headless_shell', '/usr/lib/chromium/chromium', '/usr/lib64/chromium-browser/chromium-browser',
  '/opt/google/chrome/chrome', '/opt/google/chrome-beta/chrome', '/opt/chromium.org/chromium/chrome', '/opt/microsoft/msedge/msedge',
];

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
const inPath = (program) => (process.env.PATH ?? '').split(delimiter).some((folder) => runs(join(folder, program)));

function downloaded(prefix) {
  const folder = process.env.PLAYWRIGHT_BROWSERS_PATH || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ms-playwright');
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(prefix) && existsSync(join(folder, name, 'INSTALLATION_COMPLETE')));
}

function postgresFound() {
  const versions = '/usr/lib/postgresql';
  return inPath('initdb') || (existsSync(versions) && readdirSync(versions).some((one) => existsSync(join(versions, one, 'bin', 'initdb'))));
}

/** What each is for, whether it is there, and Debian's packages of it, the better one first. */
const programs = (modules) => [
  {
    name: 'a browser', for: 'browser checks', build: 'chromium-headless-shell', packed: PACKED.browser, debian: ['chromium-headless-shell', 'chromium'], also: 'fonts-liberation',
    there: () => Boolean(process.env.ASSAY_BROWSER) || BROWSERS.some(runs) || downloaded('chromium') || existsSync(join(modules, '@sparticuz', 'chromium')),
  },
  {
    name: 'ffmpeg', for: 'their videos', build: 'ffmpeg', packed: PACKED.ffmpeg, debian: ['ffmpeg'],
    there: () => inPath('ffmpeg') || downloaded('ffmpeg') || existsSync(join(modules, '@ffmpeg-installer')),
  },
  { name: 'bubblewrap', for: 'the sandbox of scripts and browser checks', debian: ['bubblewrap'], there: () => inPath('bwrap') },
  { name: 'ping', for: 'ICMP checks', debian: ['iputils-ping'], there: () => inPath('ping') },
  { name: 'traceroute', for: 'traceroute checks', debian: ['traceroute'], there: () => inPath('traceroute') },
  { name: 'tcpdump', for: 'packet captures', debian: ['tcpdump'], there: () => runs('/usr/sbin/tcpdump') || inPath('tcpdump') },
];
const forTests = [
  { name: 'PostgreSQL', for: 'the store on PostgreSQL', debian: ['postgresql'], there: postgresFound },
  { name: 'tshark', for: 'reading packet captures', debian: ['tshark'], there: () => inPath('tshark') },
];

const listed = (words) => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`);
const names = (some) => listed(some.map((one) => one.name));
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/**
 * Gets what is missing: Playwright's own download where its host is reached, else Debian's packages when root, else npm packages.
 * @param tests whether the programs are wanted that the tests alone need.
 * @param say takes a line for a person. @param npm runs npm in the project's folder. @param modules the project's node_modules.
 */
export async function getPrograms({ tests, say, npm, modules }) {
  if (process.platform !== 'linux') {
    if (tests) for (const one of forTests.filter(({ there }) => !there())) say(`Not found: ${one.name} (${one.for}). Its tests cannot run.`);
    return;
  }
  const all = [...programs(modules), ...(tests ? forTests : [])];
  const missing = () => all.filter((one) => !one.there());
  const wanted = missing();
  if (wanted.length === 0) return;
  const started = Date.now();
  say(`Not found: ${listed(wanted.map((one) => `${one.name} (for ${one.for})`))}. Getting what can be had; once, this takes up to a minute or two …`);
  await download(missing().filter((one) => one.build), say, modules);
  installWithApt(missing(), say);
  installPacked(missing().filter((one) => one.packed), say, npm);
  const left = missing();
  const got = wanted.filter((one) => !left.includes(one));
  if (got.length > 0) say(`Installed in ${seconds(started)}: ${names(got)}.`);
  if (left.length === 0) return;
  const packages = left.map((one) => one.debian[0]).join(' ');
  say(`Still missing: ${listed(left.map((one) => `${one.name} (for ${one.for})`))}. Install with: apt-get install ${packages}`);
  say(tests ? 'The tests that need them are skipped or fail.' : 'Checks that need them end as errors that say so; all else works. `npm run assay doctor` tells more.');
}

/** Null when it can be connected to; else why not. Behind a proxy only the download itself can tell. */
function reach(host) {
  if (process.env.HTTPS_PROXY || process.env.https_proxy || process.env.PLAYWRIGHT_DOWNLOAD_HOST) return Promise.resolve(null);
  return new Promise((resolve) => {
    const socket = connect({ host, port: 443, timeout: REACH_MS });
    const end = (why) => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (error) => end(error.code ?? error.message));
  });
}

async function download(some, say, modules) {
  if (some.length === 0) return;
  const unreachable = await reach(DOWNLOAD_HOST);
  if (unreachable) return say(`  Playwright's own download: its host ${DOWNLOAD_HOST} is not reached (${unreachable}).`);
  const builds = some.map((one) => one.build);
  const install = (...options) => spawnSync(process.execPath, [join(modules, 'playwright-core', 'cli.js'), 'install', ...options, ...builds], {
    stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: DOWNLOAD_MS, env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '5000' },
  });
  say(`  Playwright's own download: ${builds.join(', ')} …`);
  const withLibraries = isRoot() && inPath('apt-get') && install('--with-deps').status === 0;
  const done = withLibraries || install();
  if (done !== true && done.status !== 0) say(`  It failed: ${done.error ? 'it took too long' : done.stderr.split('\n').find((line) => line.trim() !== '')?.trim() ?? `exit code ${done.status}`}`);
}

const isRoot = () => process.getuid?.() === 0;

function installWithApt(some, say) {
  if (some.length === 0) return;
  if (!isRoot() || !inPath('apt-get')) return say(`  Debian's packages: ${isRoot() ? 'there is no apt-get' : 'only root may install them'}.`);
  const apt = (...args) => spawnSync('apt-get', ['-qq', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=10', '-o', 'DPkg::Lock::Timeout=60', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const known = (name) => /Candidate: (?!\(none\))/.test(spawnSync('apt-cache', ['policy', name], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).stdout ?? '');
  const choose = () => some.flatMap((one) => {
    const name = one.debian.find(known);
    return name ? [name, ...(one.also && known(one.also) ? [one.also] : [])] : [];
  });
  const install = (chosen) => apt('install', '-y', '--no-install-recommends', ...chosen);
  let chosen = choose();
  say(`  Debian's packages: apt-get install ${(chosen.length > 0 ? chosen : some.map((one) => one.debian[0])).join(' ')} …`);
  let run = chosen.length === some.length + some.filter((one) => one.also).length ? install(chosen) : null;
  if (run?.status === 0) return;
  run = apt('update');
  chosen = choose();
  if (chosen.length > 0) run = install(chosen);
  const unknown = some.filter((one) => !one.debian.some(known));
  if (unknown.length > 0) say(`  No package here is for ${names(unknown)}.`);
  if (run.status !== 0) say(`  It failed: ${run.stderr?.split('\n').find((line) => /^[EW]: /.test(line)) ?? `exit code ${run.status}`}`);
}

function installPacked(some, say, npm) {
  if (some.length === 0) return;
  const packages = some.map((one) => one.packed);
  say(`  npm packages: ${packages.join(' ')} …`);
  // Beside the packages of package-lock.json, which stays as it is.
  if (!npm(['install', '--no-save', '--include=dev', '--engine-strict=false', '--no-audit', '--no-fund', '--loglevel=error', ...packages])) say('  npm could not install them.');
}
