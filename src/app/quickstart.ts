/**
 * The main job on something real: examples/quickstart against the sample shop, through the unmodified `checkly` CLI.
 * Promises: the verdict comes from the API's own answers about the session, not from what the CLI prints.
 * Never: a change to the CLI, the project or the account's settings.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestSessionResult } from '../contract/results.ts';
import type { TestSession, TestSessionList } from '../contract/sessions.ts';
import type { Credentials } from './credentials.ts';
import { SAMPLE_EXPECTED, type SampleShop } from './sampleShop.ts';

/** Where the example project and the CLI are. */
export interface Quickstart { folder: string; cli: string }

export interface QuickstartReport {
  session: TestSession;
  results: TestSessionResult[];
  /** null: the outcome is the expected one; else a sentence about the difference. */
  surprise: string | null;
}

const SESSION_NAME = 'Sample shop';
/** A CLI that was asked to stop cancels its session first. */
const CLI_STOP_MS = 5_000;
const POLL_SECONDS = 30;

/** The example and the CLI of this folder, or null: an installed package brings neither. */
export function findQuickstart(): Quickstart | null {
  const folder = fileURLToPath(new URL('../../examples/quickstart', import.meta.url));
  const cli = fileURLToPath(new URL('../../node_modules/checkly', import.meta.url));
  if (!existsSync(folder) || !existsSync(`${cli}/package.json`)) return null;
  const { bin } = JSON.parse(readFileSync(`${cli}/package.json`, 'utf8')) as { bin: string | { checkly: string } };
  return { folder, cli: `${cli}/${typeof bin === 'string' ? bin : bin.checkly}` };
}

/** The five variables that point the CLI at this server. */
export function cliVariables({ accountId, apiKey, apiUrl, mqttUrl }: Credentials): Record<string, string> {
  return { CHECKLY_ENV: 'local', CHECKLY_API_URL: apiUrl, CHECKLY_MQTT_URL: mqttUrl, CHECKLY_ACCOUNT_ID: accountId, CHECKLY_API_KEY: apiKey };
}

/** Where the example's checks find the shop. */
export function shopVariables({ httpPort, tcpPort, dnsPort }: SampleShop): Record<string, string> {
  return { SHOP_URL: `http://127.0.0.1:${httpPort}`, SHOP_TCP_PORT: String(tcpPort), SHOP_DNS_PORT: String(dnsPort) };
}

/** The CLI's environment: variables that point it at another account stay out. */
function environmentFor(credentials: Credentials, shop: SampleShop): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('CHECKLY_'));
  return {
    ...Object.fromEntries(own), ...cliVariables(credentials), CHECKLY_SKIP_NEW_VERSION_CHECK: 'true', CHECKLY_NO_DOTENV: '1', CHECKLY_CLI_MODE: 'interactive',
    ...shopVariables(shop),
  };
}

/** Runs `checkly test --record` with this terminal as its own. */
async function runCli({ folder, cli }: Quickstart, env: Record<string, string | undefined>, stop: AbortSignal): Promise<void> {
  const args = [cli, 'test', '--record', '--test-session-name', SESSION_NAME];
  // The CLI's list is drawn anew at each result, which a file or a pipe would keep many times.
  if (!process.stdout.isTTY) args.push('--reporter', 'ci');
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] });
  let timer: NodeJS.Timeout | undefined;
  const onStop = () => {
    child.kill('SIGINT');
    timer = setTimeout(() => child.kill('SIGKILL'), CLI_STOP_MS);
  };
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  try {
    await once(child, 'exit');
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}

/** GETs JSON as the holder of the key; asks again after a 408 of a long poll. Throws a sentence on any other status but 200. */
async function get<T>({ apiUrl, apiKey, accountId }: Credentials, path: string, stop: AbortSignal): Promise<T> {
  for (;;) {
    const response = await fetch(`${apiUrl}${path}`, { headers: { authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId }, signal: stop });
    const text = await response.text();
    if (response.status === 200) return JSON.parse(text) as T;
    if (response.status !== 408) throw new Error(`GET ${path} was answered with ${response.status}: ${text.slice(0, 300)}`);
  }
}

async function readSession(credentials: Credentials, startedAt: number, stop: AbortSignal): Promise<Pick<QuickstartReport, 'session' | 'results'> | null> {
  const list = await get<TestSessionList>(credentials, `/v1/test-sessions?limit=20&from=${Math.floor(startedAt / 1000)}`, stop);
  const entry = list.entries.find(({ name }) => name === SESSION_NAME);
  if (!entry) return null;
  const session = await get<TestSession>(credentials, `/v1/test-sessions/${entry.id}/completion?maxWaitSeconds=${POLL_SECONDS}`, stop);
  const results = await Promise.all((session.results ?? []).filter(({ resultType }) => resultType === 'FINAL').map((result) =>
    get<TestSessionResult>(credentials, `/v1/test-sessions/${entry.id}/results/${result.testSessionResultId}`, stop)));
  return { session, results };
}

type Judged = Pick<TestSessionResult, 'name' | 'hasErrors' | 'hasFailures' | 'isDegraded'>
  & Partial<Pick<TestSessionResult, 'browserCheckResult' | 'multiStepCheckResult' | 'playwrightCheckResult'>>;

/** The sentences of checks that this machine could not run: no browser, no sandbox. */
function reasonsOf(results: readonly Judged[]): string[] {
  const reasons = results.filter(({ hasErrors }) => hasErrors).map(({ browserCheckResult, multiStepCheckResult, playwrightCheckResult }) => {
    const [error] = (browserCheckResult ?? multiStepCheckResult ?? playwrightCheckResult)?.errors ?? [];
    return (error as { message?: string } | undefined)?.message ?? '';
  });
  return [...new Set(reasons.filter((reason) => reason !== ''))];
}

/** What the results differ in from SAMPLE_EXPECTED, as a sentence; null when they do not. */
export function findSurprise(results: readonly Judged[]): string | null {
  const colourOf = (result: (typeof results)[number]) =>
    result.hasErrors ? 'errored' : result.hasFailures ? 'failed' : result.isDegraded ? 'degraded' : 'passed';
  const count = { passed: 0, degraded: 0, failed: 0, errored: 0 };
  for (const result of results) count[colourOf(result)] += 1;
  const expected: typeof count = { ...SAMPLE_EXPECTED, errored: 0 };
  const colours = ['passed', 'degraded', 'failed', 'errored'] as const;
  if (colours.every((colour) => count[colour] === expected[colour])) return null;
  const show = (counts: typeof count) => colours.map((colour) => `${counts[colour]} ${colour}`).join(', ');
  const named = results.filter((result) => colourOf(result) !== 'passed').map((result) => `${result.name} (${colourOf(result)})`);
  return `The sample ended with ${show(count)} instead of ${show(expected)}. Not passed: ${named.join(', ') || 'none'}.\n${[...reasonsOf(results), '`npm run assay doctor` says what this machine lacks.'].join('\n')}`;
}

/** Runs the example and reads back what was recorded. Throws a sentence when nothing was. */
export async function runQuickstart(quickstart: Quickstart, credentials: Credentials, shop: SampleShop, stop: AbortSignal): Promise<QuickstartReport> {
  const startedAt = Date.now();
  await runCli(quickstart, environmentFor(credentials, shop), stop);
  const recorded = await readSession(credentials, startedAt, stop);
  if (!recorded) throw new Error('The CLI recorded no session; what it said stands above.');
  return { ...recorded, surprise: findSurprise(recorded.results) };
}
