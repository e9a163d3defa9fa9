/**
 * What this machine has and lacks for Assay, and how to get it.
 * Promises: changes nothing but the store's schema, which it brings up to date like every command that opens the store.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { findSandbox } from '../agent/sandbox/findSandbox.ts';
import { pingAvailability } from '../checks/icmp/runPing.ts';
import type { ServerConfig } from './config.ts';
import { probeDataFolder } from './dataFolder.ts';
import { openConfiguredStore } from './openAccounts.ts';

/** essential: nothing works without it. useful: a kind of check does not. later: this version does not use it yet. */
type Weight = 'essential' | 'useful' | 'later';
export interface Finding { what: string; ok: boolean; weight: Weight; says: string }

const OLDEST_NODE = [22, 18] as const;
const LATER = 'needed for browser checks, which this version does not run yet';

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

/** Setup and teardown scripts of API checks need one. */
async function findLevel({ userCode: { allowUnsandboxed } }: ServerConfig): Promise<Finding> {
  const { level, says } = await findSandbox(allowUnsandboxed);
  return { what: 'Sandbox', weight: 'useful', ok: level !== null, says };
}

/** The first of the programs that is in the PATH. */
function findProgram(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const PROGRAMS = [
  { what: 'Browser', names: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'], get: '`apt-get install chromium-headless-shell` or `npx playwright install chromium`' },
  { what: 'ffmpeg', names: ['ffmpeg'], get: '`apt-get install ffmpeg`' },
] as const;

function findPrograms(): Finding[] {
  return PROGRAMS.map(({ what, names, get }) => {
    const path = findProgram(names);
    return { what, weight: 'later', ok: path !== undefined, says: path ? `${path} (${LATER})` : `${names[0]} was not found (${LATER}). Get it with ${get}.` };
  });
}

/** Everything that was looked at, in the order of importance. */
export async function diagnose(config: ServerConfig): Promise<Finding[]> {
  return [findNode(), findDataFolder(config), await findStore(config), await findPort(config), await findPing(), await findLevel(config), ...findPrograms()];
}

/** The findings as lines for a person, with a last one that sums up. */
export function printFindings(findings: readonly Finding[]): string {
  const mark = ({ ok, weight }: Finding) => (ok ? 'ok     ' : weight === 'essential' ? 'MISSING' : 'missing');
  const lines = findings.map((finding) => `${mark(finding)}  ${finding.what.padEnd(12)}${finding.says}`);
  const essential = findings.filter(({ ok, weight }) => !ok && weight === 'essential').map(({ what }) => what);
  return `${lines.join('\n')}\n\n${essential.length ? `Assay cannot run: ${essential.join(', ')}.` : 'Assay can run here.'}`;
}
