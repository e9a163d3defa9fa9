// Starts everything that package.json's scripts name, on whatever Node ≥ 20 the system has: installs what is missing
// (packages, the pinned Node, a browser, ffmpeg, bubblewrap), says so, then hands over to the pinned Node. Has no dependencies and must never get any.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getPrograms } from './getPrograms.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const PINNED_NODE = join(MODULES, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const OLDEST_NODE = 20;

const say = (text) => process.stderr.write(`${text}\n`);
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Ends the program with a sentence. */
function giveUp(sentence) {
  say(sentence);
  process.exit(1);
}

/** Runs npm where the packages belong. @returns whether it succeeded. */
function npm(args, cwd = ROOT) {
  const cli = process.env.npm_execpath;
  const [program, first] = cli?.endsWith('npm-cli.js') ? [process.execPath, [cli]] : ['npm', []];
  const env = { ...process.env };
  // A production environment must not leave out what the tests and the sample need.
  delete env.NODE_ENV;
  const run = spawnSync(program, [...first, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' && !first.length });
  return run.status === 0;
}

/** Whether node_modules holds exactly the versions that package-lock.json names; npm writes its own list last. */
function packagesAreInstalled() {
  const list = join(MODULES, '.package-lock.json');
  if (!existsSync(list)) return false;
  const wanted = readJson(join(ROOT, 'package-lock.json')).packages;
  const installed = readJson(list).packages;
  return Object.entries(wanted).every(([path, { version, optional, peer, devOptional }]) =>
    path === '' || installed[path]?.version === version || (!installed[path] && (optional || peer || devOptional)));
}

function installPackages() {
  if (packagesAreInstalled()) return;
  const started = Date.now();
  say(`Installing the packages of package-lock.json (npm ci); the first time this takes up to a minute …`);
  const done = npm(['ci', '--include=dev', '--engine-strict=false', '--no-audit', '--no-fund', '--loglevel=error']);
  if (!done) giveUp('npm could not install the packages. What it said stands above; an npm registry must be reachable once.');
  say(`Packages installed in ${seconds(started)}.`);
}

const pinnedVersion = () => readJson(join(ROOT, 'package.json')).devDependencies.node;
const versionOf = (program) => spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.trim().replace(/^v/, '');

/** The Node that runs Assay: the pinned one, or the system's where the pinned one cannot be had and the system's will do. */
function installNode() {
  const wanted = pinnedVersion();
  if (versionOf(PINNED_NODE) === wanted) return PINNED_NODE;
  const started = Date.now();
  say(`Installing Node ${wanted}, which Assay runs on (yours is ${process.versions.node} and stays as it is) …`);
  // Where npm was told to run no install scripts, the package's own script is run by its name.
  const installed = () => versionOf(PINNED_NODE) === wanted;
  if (!installed()) npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (!installed()) {
    spawnSync(process.execPath, ['installArchSpecificPackage.js'], {
      cwd: join(MODULES, 'node'), stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, npm_config_ignore_scripts: 'false' },
    });
  }
  if (installed()) {
    say(`Node ${wanted} installed in ${seconds(started)}.`);
    return PINNED_NODE;
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 18)) giveUp(`Node ${wanted} could not be installed, and the system's ${process.versions.node} is too old to run Assay itself: it needs 22.18 or newer.`);
  say(`Node ${wanted} could not be installed; going on with the system's ${process.versions.node}.`);
  return process.execPath;
}

/** Programs that start `node` find the pinned one first. */
const childEnv = (extra = {}) => ({ ...process.env, PATH: `${join(MODULES, '.bin')}${delimiter}${process.env.PATH ?? ''}`, ...extra });

/** Runs Node with the terminal as its own, passes signals on. @returns its exit code. */
function run(node, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { cwd: ROOT, stdio: 'inherit', env: childEnv(env) });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const forward = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, forward);
    child.on('error', (error) => giveUp(`${node} could not be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

const QUIET = '--disable-warning=ExperimentalWarning';
/** The program of an installed package, as its package.json names it. */
function bin(name, program = name) {
  const named = readJson(join(MODULES, name, 'package.json')).bin;
  return join(MODULES, name, typeof named === 'string' ? named : named[program]);
}

/** Rooms whose tests leave no global state behind: they share one process, since loading what they test is most of their work. */
const TOGETHER = /^src\/(?:accounts|api|app|assets|grouping|sessions|store|checks\/kit)\//;
const testFiles = () => ['src', 'test'].flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true }).map((name) => `${folder}/${name.replaceAll('\\', '/')}`))
  .filter((name) => name.endsWith('.test.ts')).sort();

/**
 * Runs tests and reads the runner's own summary. @param how options of the runner. @returns counts of tests, and the runner's exit code; nothing passed where the runner broke.
 */
async function runTests(node, files, how) {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-'));
  const summary = join(folder, 'summary.json');
  try {
    const code = await run(node, [
      QUIET, '--test', ...how, '--test-timeout=480000', '--test-global-setup=test/sharedPostgres.ts', '--test-reporter=spec', '--test-reporter-destination=stdout',
      `--test-reporter=${new URL('summaryReporter.mjs', import.meta.url).href}`, `--test-reporter-destination=${summary}`, ...files,
      // Hundreds of processes load the same TypeScript: Node keeps it compiled.
    ], { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(MODULES, '.cache', 'compiled') });
    const counts = existsSync(summary) && readFileSync(summary, 'utf8') !== '' ? readJson(summary) : { passed: 0, failed: 0, skipped: 0 };
    // A runner that broke without a summary, or that is unhappy for a reason of its own, is a failure too.
    return { ...counts, code, failed: code === 0 ? counts.failed : Math.max(1, counts.failed) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Most tests wait for servers of their own: two files at a time fill two cores. */
const SIDE_BY_SIDE = [`--test-concurrency=${Math.max(2, availableParallelism() - 1)}`];
const IN_ONE_PROCESS = ['--test-isolation=none'];
const sumOf = (all) => all.reduce((sum, { passed, failed, skipped }) => ({ passed: sum.passed + passed, failed: sum.failed + failed, skipped: sum.skipped + skipped }));

/** Read after the set-up: the packages must be there. */
const steps = () => [
  ['types', [bin('typescript', 'tsc'), '--noEmit']],
  ['types of the pages', [bin('typescript', 'tsc'), '--noEmit', '-p', 'tsconfig.web.json']],
  ['lint', [bin('eslint'), '.']],
  ['rooms', [bin('dependency-cruiser', 'depcruise'), '--config', '.dependency-cruiser.cjs', 'src', 'test', 'bench']],
  ['unused', [bin('knip'), '--no-progress']],
];

/** The newest change below a path, in Unix ms. */
function changedAt(path) {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry?.isDirectory()) return entry?.mtimeMs ?? 0;
  return Math.max(0, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}

const WEB = join(ROOT, 'dist', 'web', 'index.html');
const buildWeb = (node) => run(node, [QUIET, bin('vite'), 'build', '--logLevel', 'warn']);

/** The pages are built where a change is newer than they are. */
async function ensureWeb(node) {
  const views = readdirSync(join(ROOT, 'src', 'checks'), { recursive: true }).filter((name) => /\.(tsx|css)$/.test(name)).map((name) => join(ROOT, 'src', 'checks', name));
  const sources = [join(ROOT, 'src', 'web'), join(ROOT, 'src', 'contract'), join(ROOT, 'src', 'checks', 'views.ts'), join(ROOT, 'vite.config.ts'), join(ROOT, 'package-lock.json'), ...views];
  if (Math.max(...sources.map(changedAt)) <= changedAt(WEB)) return;
  const started = Date.now();
  say('Building the pages …');
  if (await buildWeb(node) !== 0) giveUp('The pages could not be built; what the builder said stands above.');
  say(`Pages built in ${seconds(started)}.`);
}

/** @returns the names of those that failed; a number: the exit code of one that was interrupted. */
async function takeSteps(node) {
  const failed = [];
  for (const [name, command] of steps()) {
    const started = Date.now();
    const code = await run(node, [QUIET, ...command]);
    say(`${code === 0 ? '✔' : '✖'} ${name} (${seconds(started)})`);
    if (code > 128) return code;
    if (code !== 0) failed.push(name);
  }
  return failed;
}

/** Everything that a change must pass; with arguments only the test files (or options of `node --test`) that they name. */
async function test(node, args) {
  await getPrograms({ tests: true, ...setUp });
  await ensureWeb(node);
  if (args.length) return tell(await runTests(node, args, SIDE_BY_SIDE), []);
  const files = testFiles();
  // One core each.
  const [failedSteps, together] = await Promise.all([takeSteps(node), runTests(node, files.filter((file) => TOGETHER.test(file)), IN_ONE_PROCESS)]);
  const interrupted = typeof failedSteps === 'number' ? failedSteps : together.code;
  if (interrupted > 128) return interrupted;
  return tell(sumOf([together, await runTests(node, files.filter((file) => !TOGETHER.test(file)), SIDE_BY_SIDE)]), failedSteps);
}

/** @returns the exit code. */
function tell(counts, failedSteps) {
  if (counts.skipped) say(`${counts.skipped} skipped`);
  if (failedSteps.length) say(`Failed besides the tests, counted below: ${failedSteps.join(', ')}`);
  const failed = counts.failed + failedSteps.length;
  process.stdout.write(`${counts.passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

const setUp = { say, npm, modules: MODULES };

const COMMANDS = {
  async start(node, args) {
    await getPrograms({ tests: false, ...setUp });
    await ensureWeb(node);
    return run(node, [QUIET, 'src/cli/main.ts', 'dev', '--sample', ...args]);
  },
  assay: (node, args) => run(node, [QUIET, 'src/cli/main.ts', ...args]),
  test,
  check: test,
  bench: (node, args) => run(node, [QUIET, 'bench/main.ts', ...args]),
  async build(node) {
    // The pages stay while the rest is made: a server of this folder may be serving them.
    const dist = join(ROOT, 'dist');
    for (const name of existsSync(dist) ? readdirSync(dist) : []) if (name !== 'web') rmSync(join(dist, name), { recursive: true, force: true });
    const code = await run(node, [bin('typescript', 'tsc'), '-p', 'tsconfig.build.json']);
    if (code === 0) await ensureWeb(node);
    return code;
  },
  lint: (node, args) => run(node, [bin('eslint'), ...(args.length ? args : ['.'])]),
  types: async (node) => await run(node, [bin('typescript', 'tsc'), '--noEmit']) || run(node, [bin('typescript', 'tsc'), '--noEmit', '-p', 'tsconfig.web.json']),
};

const [name = '', ...rest] = process.argv.slice(2);
// npm takes the dashes of `npm start -- --once` away; typed by hand they come through.
const args = rest[0] === '--' ? rest.slice(1) : rest;
if (!Object.hasOwn(COMMANDS, name)) giveUp(`Unknown command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) giveUp(`Node ${process.versions.node} is too old to set Assay up: ${OLDEST_NODE} or newer is needed.`);
installPackages();
process.exitCode = await COMMANDS[name](installNode(), args);
