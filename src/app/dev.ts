/**
 * `npm start` after the set-up, and `assay dev`: a server with everything in one process, an account at the first start,
 * and on request the sample shop with its project. Promises: the terminal tells a person what to do next; the log goes to
 * a file unless its level was asked for; Ctrl-C stops cleanly. Never: a setting that a server of one's own would lack.
 */
import { join, relative } from 'node:path';
import { traceViewerLink } from '../api/presentFiles.ts';
import { SIGN_IN_PATH } from '../api/routes/signIn.ts';
import type { ServerConfig } from './config.ts';
import { createLog } from './createLog.ts';
import { ensureCredentials, type Credentials } from './credentials.ts';
import { openDataFolder } from './dataFolder.ts';
import { openInBrowser } from './openInBrowser.ts';
import { cliVariables, findQuickstart, runQuickstart, shopVariables, type Quickstart, type QuickstartReport } from './quickstart.ts';
import { startSampleShop, type SampleShop } from './sampleShop.ts';
import { startServer, type RunningServer } from './startServer.ts';
import { aborted, awaitStopRequest } from './stopRequest.ts';

export interface DevOptions {
  config: ServerConfig;
  /** Serve the sample shop and run the example against it. */
  sample: boolean;
  /** End after the sample: 0 when its outcome is the expected one, else 1. */
  once: boolean;
  /** The log goes to the terminal instead of a file. */
  logHere: boolean;
  /** The link that signs in is opened in the person's browser, where there is one. */
  open: boolean;
  /** Takes whole lines for a person. */
  say: (text: string) => void;
}

/** The shortest way to write a path down from here. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}

function introduce({ config, logHere, say }: DevOptions, server: RunningServer): void {
  if (config.port !== 0 && server.port !== config.port) say(`Port ${config.port} is taken: Assay listens on port ${server.port} instead.`);
  say(`Assay is ready: ${server.apiUrl}`);
  say(`  store   ${config.databaseUrl ? 'PostgreSQL' : shown(join(config.dataDir, 'assay.db'))}`);
  if (!logHere) say(`  log     ${shown(join(config.dataDir, 'assay.log'))}`);
}

async function obtainCredentials({ config, say }: DevOptions, server: RunningServer): Promise<Credentials> {
  const { credentials, isNew, file } = await ensureCredentials(server.accounts, config.dataDir, server);
  if (isNew) {
    say(`\nAn account and an API key were made for you; the key is kept in ${shown(file)} and stored only as a hash:`);
    say(`  account   ${credentials.accountId}`);
    say(`  API key   ${credentials.apiKey}`);
  } else {
    say(`  key     ${shown(file)}`);
  }
  return credentials;
}

function sayVariables(say: DevOptions['say'], credentials: Credentials): void {
  say('\nFor your own monitoring-as-code project, set these and run `npx checkly test --record` in its folder:');
  for (const [name, value] of Object.entries(cliVariables(credentials))) say(`  export ${name}=${value}`);
}

/** A link that signs one browser in, once: nobody has to copy the key. */
async function saySignIn({ say, open }: DevOptions, server: RunningServer, { apiKey, apiUrl }: Credentials): Promise<void> {
  const holder = await server.accounts.findPrincipal(apiKey);
  if (!holder) return;
  const link = `${apiUrl}${SIGN_IN_PATH}${await server.accounts.createSignInLink(holder.keyId)}`;
  say(`\nThe pages, signed in (this link works once, within the hour):\n  ${link}`);
  if (open) openInBrowser(link);
}

function sayReport(say: DevOptions['say'], { session, results }: QuickstartReport, { apiUrl, apiKey, accountId }: Credentials): void {
  const result = results.find((one) => one.hasFailures) ?? results[0];
  const filmed = results.find((one) => one.hasFailures && one.browserCheckResult?.playwrightTestTraces?.length);
  say(`\nThe session:  ${session.testSessionLink}`);
  if (!result) return;
  say(`One result of it, ${JSON.stringify(result.name)}, as the API gives it:`);
  say(`  curl -s -H 'Authorization: Bearer ${apiKey}' -H 'X-Checkly-Account: ${accountId}' ${apiUrl}/v1/test-sessions/${session.testSessionId}/results/${result.testSessionResultId}`);
  if (!filmed) return;
  say(`What the browser saw in ${JSON.stringify(filmed.name)}; these links need no key, and are good for a day:`);
  for (const trace of filmed.browserCheckResult?.playwrightTestTraces ?? []) say(`  trace  ${traceViewerLink(apiUrl, trace)}`);
  for (const video of filmed.browserCheckResult?.playwrightTestVideos ?? []) say(`  video  ${video}`);
}

/** @returns whether the sample ended as it should; false also when it could not run. */
async function runSample({ say }: DevOptions, quickstart: Quickstart, shop: SampleShop, credentials: Credentials, stop: AbortSignal): Promise<boolean> {
  say('\nA small sample shop, with faults on purpose, runs on the loopback:');
  for (const [name, value] of Object.entries(shopVariables(shop))) say(`  ${name}=${value}`);
  say(`\n$ checkly test --record    (in ${shown(quickstart.folder)})`);
  try {
    const report = await runQuickstart(quickstart, credentials, shop, stop);
    sayReport(say, report, credentials);
    say(`\n${report.surprise ?? 'The sample came out as it should: what passed, what was slow and what failed.'}`);
    return report.surprise === null;
  } catch (error) {
    if (!stop.aborted) say(`\nThe sample could not be completed. ${(error as Error).message}`);
    return false;
  }
}

/** The part after the start. @returns the exit code. */
async function serve(options: DevOptions, server: RunningServer, shop: SampleShop | null, stop: AbortSignal): Promise<number> {
  const { say, once } = options;
  introduce(options, server);
  const credentials = await obtainCredentials(options, server);
  const quickstart = options.sample ? findQuickstart() : null;
  if (options.sample && !quickstart) say('\nThe sample is left out: it belongs to the source folder and needs the `checkly` CLI there, and neither is installed here.');
  const asExpected = quickstart && shop ? await runSample(options, quickstart, shop, credentials, stop) : !options.sample;
  if (!stop.aborted) sayVariables(say, credentials);
  if (!stop.aborted && !once) await saySignIn(options, server, credentials);
  if (once) return asExpected ? 0 : 1;
  if (!stop.aborted) say(`\nAssay goes on serving at ${server.apiUrl}. Ctrl-C stops it.`);
  await aborted(stop);
  say('\nStopping …');
  return 0;
}

/** Runs until it is asked to stop, or until the sample is through with `once`. @returns the exit code. */
export async function dev(options: DevOptions): Promise<number> {
  const { config } = options;
  const stop = awaitStopRequest();
  openDataFolder(config.dataDir);
  const log = createLog(config.logLevel, options.logHere ? undefined : join(config.dataDir, 'assay.log'));
  const server = await startServer({ ...config, portFallback: true }, log);
  let shop: SampleShop | null = null;
  try {
    if (options.sample) shop = await startSampleShop();
    return await serve(options, server, shop, stop);
  } finally {
    await shop?.close();
    await server.close();
  }
}
