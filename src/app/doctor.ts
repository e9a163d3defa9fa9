/**
 * What this machine has and lacks for Assay, and how to get it.
 * Promises: changes nothing but the store's schema, which it brings up to date like every command that opens the store.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCaptures } from '../agent/capture/openCaptures.ts';
import { openMachine } from '../agent/machine.ts';
import { findRuntimePackages } from '../agent/playwright/runtimePackages.ts';
import { createSuiteTools } from '../agent/playwright/suite/suiteTools.ts';
import { findSandbox } from '../agent/sandbox/findSandbox.ts';
import { pingAvailability } from '../checks/icmp/runPing.ts';
import { traceAvailability } from '../checks/traceroute/runTrace.ts';
import type { ServerConfig } from './config.ts';
import { probeDataFolder } from './dataFolder.ts';
import { openConfiguredStore } from './openAccounts.ts';

/** essential: nothing works without it. useful: a kind of check does not. */
type Weight = 'essential' | 'useful';
export interface Finding { what: string; ok: boolean; weight: Weight; says: string }

const OLDEST_NODE = [22, 18] as const;

function findNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return { what: 'Node', ok, weight: 'essential', says: ok ? process.versions.node : `${process.versions.node} is too old: install ${OLDEST_NODE.join('.')} or newer.` };
}

function findDataFolder({ dataDir }: ServerConfig): Finding {
  const finding = { what: 'Data folder', weight: 'essential' } as const;
  try {
    return { ...finding, ok: true, says: probeDataFolder(dataDir) ? `${dataDir} can be written` : `${dataDir} will be made at the first start` };
  } catch (error) {
    return { ...finding, ok: false, says: (error as Error).message };
  }
}

async function findStore(config: ServerConfig): Promise<Finding> {
  const finding = { what: config.databaseUrl ? 'PostgreSQL' : 'Store', weight: 'essential' } as const;
  if (!config.databaseUrl && !existsSync(join(config.dataDir, 'assay.db'))) return { ...finding, ok: true, says: 'the embedded one will be made at the first start' };
  try {
    const store = await openConfiguredStore(config);
    const { accounts } = await store.read.selectFrom('accounts').select((eb) => eb.fn.countAll<number>().as('accounts')).executeTakeFirstOrThrow();
    await store.close();
    return { ...finding, ok: true, says: `opens and is up to date; accounts: ${accounts}` };
  } catch (error) {
    return { ...finding, ok: false, says: (error as Error).message };
  }
}

/** A taken port is no fault where Assay itself has taken it. */
async function findPort({ host, port }: ServerConfig): Promise<Finding> {
  const finding = { what: 'Port', weight: 'useful' } as const;
  const code = await new Promise<string | null>((resolve) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
  if (code === null) return { ...finding, ok: true, says: `${port} on ${host} is free` };
  if (code !== 'EADDRINUSE') return { ...finding, ok: false, says: `${port} on ${host} cannot be listened on (${code}): choose others with ASSAY_HOST and ASSAY_PORT.` };
  return { ...finding, ok: false, says: `${port} on ${host} is taken, perhaps by an Assay that runs: \`assay dev\` takes the next free one, \`assay server\` needs another ASSAY_PORT.` };
}

async function findPing(): Promise<Finding> {
  const ping = await pingAvailability();
  return { what: 'ICMP', weight: 'useful', ok: ping.ok, says: ping.ok ? '`ping` may send' : ping.reason };
}

async function findTraceroute(): Promise<Finding> {
  const { ok, protocols, reason } = await traceAvailability();
  const says = `\`traceroute\` may send ${protocols.join(', ')}`;
  return { what: 'Traceroute', weight: 'useful', ok, says: ok ? says : protocols.length > 0 ? `${says} only. ${reason}` : reason ?? says };
}

/** By capturing: whatever is said elsewhere about permissions, that decides. */
async function findCapture({ capture }: ServerConfig): Promise<Finding> {
  const finding = { what: 'Capture', weight: 'useful' } as const;
  if (capture === 'never') return { ...finding, ok: true, says: 'packets of runs are not kept: ASSAY_CAPTURE is never' };
  const captures = openCaptures({ tick: () => performance.now() });
  const hold = await captures.hold([]);
  await captures.close();
  return { ...finding, ok: typeof hold !== 'string', says: typeof hold === 'string' ? hold : '`tcpdump` sees packets' };
}

/** Scripts of API checks and all kinds of browser checks need one. */
async function findLevel({ userCode: { allowUnsandboxed } }: ServerConfig): Promise<Finding> {
  const { level, says } = await findSandbox(allowUnsandboxed);
  return { what: 'Sandbox', weight: 'useful', ok: level !== null, says };
}

/** Browsers are tried within the walls of jobs; what that needs is made in a folder of its own, which is gone afterwards. */
async function findBrowser({ userCode }: ServerConfig): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-doctor-'));
  const machine = openMachine({ ...userCode, folder });
  try {
    const tree = await machine.browserTree(findRuntimePackages().playwrightCore);
    const browser = { what: 'Browser', weight: 'useful', ok: tree.ok, says: tree.ok ? tree.says : tree.sentence } as const;
    return tree.ok ? [browser, { what: 'ffmpeg', weight: 'useful', ok: tree.video, says: tree.videoSays }] : [browser];
  } finally {
    await machine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Suites bring their own packages; npm also fetches the other package managers. */
async function findNpm({ userCode }: ServerConfig): Promise<Finding> {
  const npm = await createSuiteTools(userCode.folder).find('npm');
  const says = npm === null ? 'npm was not found: Playwright suites cannot be installed. Get it with Node from nodejs.org.' : `${npm.version}; installs Playwright suites, and fetches pnpm or yarn for those that need them`;
  return { what: 'npm', weight: 'useful', ok: npm !== null, says };
}

/** Everything that was looked at, in the order of importance. */
export async function diagnose(config: ServerConfig): Promise<Finding[]> {
  return [findNode(), findDataFolder(config), await findStore(config), await findPort(config), await findPing(), await findTraceroute(), await findCapture(config), await findLevel(config), ...await findBrowser(config), await findNpm(config)];
}

/** The findings as lines for a person, with a last one that sums up. */
export function printFindings(findings: readonly Finding[]): string {
  const mark = ({ ok, weight }: Finding) => (ok ? 'ok     ' : weight === 'essential' ? 'MISSING' : 'missing');
  const lines = findings.map((finding) => `${mark(finding)}  ${finding.what.padEnd(12)}${finding.says}`);
  const essential = findings.filter(({ ok, weight }) => !ok && weight === 'essential').map(({ what }) => what);
  return `${lines.join('\n')}\n\n${essential.length ? `Assay cannot run: ${essential.join(', ')}.` : 'Assay can run here.'}`;
}
