/**
 * Puts a server together: store, queue, event log, engine, API, MQTT, the sweep that ends what nobody reports about,
 * and the agent in the process. Promises: `close` leaves nothing running; what fails to start leaves nothing open.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createAccounts, type Accounts } from '../accounts/createAccounts.ts';
import { startAgent, type RunningAgent } from '../agent/startAgent.ts';
import { buildApi } from '../api/buildApi.ts';
import { createSignedLinks } from '../api/signedLinks.ts';
import { openDiskAssets } from '../assets/openAssets.ts';
import { openEventLog } from '../events/eventLog.ts';
import { attachMqttBroker, MQTT_PATH } from '../events/mqttBroker.ts';
import { openQueue } from '../queue/openQueue.ts';
import { createEngine } from '../sessions/engine.ts';
import { ENGINE_LIMITS, type EngineLimits } from '../sessions/limits.ts';
import { createGeneration } from '../sessions/retention/generation.ts';
import { openStore, type Store } from '../store/openStore.ts';
import { createSeal } from '../store/seal.ts';
import type { ServerConfig } from './config.ts';
import { createMetrics } from './metrics.ts';
import { startRetention } from './retention.ts';
import { linkKey, loadSecretKey, publicLocationKey } from './secretKey.ts';
import { traceViewerFolder } from './traceViewerFolder.ts';
import { startSweep } from './sweep.ts';
import { VERSION } from './version.ts';
import { webFolder } from './webFolder.ts';

export interface RunningServer {
  port: number;
  /** Without a slash at the end. */
  apiUrl: string;
  mqttUrl: string;
  accounts: Accounts;
  store: Store;
  close(): Promise<void>;
}

const BODY_LIMIT = 1024 * 1024;
const RUN_BODY_LIMIT = 64 * 1024 * 1024;
const UPLOAD_LIMIT = 512 * 1024 * 1024;
/** After a restart agents elsewhere get this long to come back before their runs are given to others. */
const RESTART_GRACE_MS = 8_000;
const AGENT_STOP_GRACE_MS = 2_000;
const PORTS_TRIED = 20;

/** @param limits other times than the usual ones, for tests. */
export async function startServer(config: ServerConfig, log: Logger, limits: Partial<EngineLimits> = {}): Promise<RunningServer> {
  // Undone in reverse, when the start fails halfway as well as at the end.
  const undo: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await Promise.resolve(step()).catch((error: unknown) => log.warn({ err: error }, 'A part did not close cleanly'));
  };
  try {
    return { ...await assemble(config, log, { ...ENGINE_LIMITS, runAgainMs: config.runAgainMs, keepUploadsMs: config.runAgainMs + ENGINE_LIMITS.keepUploadsMs, ...limits }, undo), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(config: ServerConfig, log: Logger, limits: EngineLimits, undo: (() => unknown)[]): Promise<Omit<RunningServer, 'close'>> {
  const clock = () => Date.now();
  const secretKey = loadSecretKey(config.dataDir, config.secretKey);
  const store = await openStore(config.databaseUrl === null
    ? { kind: 'sqlite', folder: config.dataDir, exclusive: true } : { kind: 'postgres', url: config.databaseUrl });
  undo.push(() => store.close());
  const events = await openEventLog(store, randomUUID());
  undo.push(() => events.close());
  const queue = await openQueue(store, clock);
  undo.push(() => queue.close());
  const seal = createSeal(secretKey, () => randomBytes(12));
  const metrics = createMetrics(queue);
  const assets = openDiskAssets(join(config.dataDir, 'assets'), randomUUID);
  const engine = createEngine({ store, queue, events, seal, limits, clock, newId: randomUUID, removeFile: assets.remove, observe: metrics.observe });
  const accounts = createAccounts({ store, clock, newId: randomUUID, randomBytes, seal });

  let apiUrl = '';
  const publicUrl = () => config.publicUrl ?? apiUrl;
  const generation = createGeneration(store.read);
  await generation.look();
  const links = createSignedLinks({ key: linkKey(secretKey), publicUrl, clock });
  const app = await buildApi({
    config: {
      publicUrl, rateLimitPerMinute: config.rateLimitPerMinute, retention: config.retention,
      egress: { public: config.egress, own: () => ownEndpoints(config, (app.server.address() as AddressInfo | null)?.port ?? config.port) },
      bodyLimit: BODY_LIMIT, uploadLimit: UPLOAD_LIMIT, runBodyLimit: RUN_BODY_LIMIT,
    },
    read: store.read, accounts, engine, events, assets, links, retired: generation.current, traceViewer: traceViewerFolder(), web: webFolder(), metrics, clock, log,
  });
  undo.push(() => app.close());
  undo.push(() => app.server.closeAllConnections());
  const authorize = async (accountId: string, key: string) => (await accounts.findPrincipal(key))?.accounts.some((account) => account.accountId === accountId) === true;
  const broker = await attachMqttBroker(app.server, { events, read: store.read, authorize, onError: (error) => log.error({ err: error }, 'A replay failed') });
  undo.push(() => broker.close());

  await engine.graceAfterRestart(RESTART_GRACE_MS);
  const port = await listen(app, config, log);
  apiUrl = `http://${hostInUrl(config.host)}:${port}`;
  const sweep = startSweep(() => engine.expire(), 'Ended or moved runs that nobody reported about', log);
  undo.push(() => sweep.stop());
  const retention = startRetention({ store, clock, removeFile: assets.remove, assets, generation, days: config.retention, restMs: limits.retentionRestMs, shared: metrics.shared }, log);
  undo.push(() => retention.stop());
  if (config.builtinAgent) {
    const agent = await startBuiltinAgent(config, accounts, publicLocationKey(secretKey), port, log);
    undo.push(() => agent.stop({ graceMs: AGENT_STOP_GRACE_MS }));
  }
  log.info({ apiUrl, store: store.kind }, 'Assay is ready');
  return { port, apiUrl, mqttUrl: `ws://${hostInUrl(config.host)}:${port}${MQTT_PATH}`, accounts, store };
}

/** What checks never reach: this server's port, at every address that it listens on, and its store's. */
function ownEndpoints({ host, databaseUrl }: ServerConfig, port: number): { host: string; port: number }[] {
  const everywhere = host === '0.0.0.0' || host === '::';
  const machine = everywhere ? Object.values(networkInterfaces()).flatMap((list) => list ?? []).map(({ address }) => address) : [];
  const store = databaseUrl === null ? null : URL.parse(databaseUrl);
  return [...[host, ...machine].map((address) => ({ host: address, port })), ...(store?.hostname ? [{ host: store.hostname, port: Number(store.port || 5432) }] : [])];
}

/** An address to connect to: what listens everywhere is reached on loopback, and IPv6 goes into brackets. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Listens on the configured port or, where that is allowed, on the next free one. @returns the port. */
async function listen(app: { listen(at: { host: string; port: number }): Promise<string>; server: { address(): AddressInfo | string | null } }, config: ServerConfig, log: Logger): Promise<number> {
  const tries = config.portFallback && config.port !== 0 ? PORTS_TRIED : 1;
  for (let i = 0; ; i++) {
    try {
      await app.listen({ host: config.host, port: config.port + (config.port === 0 ? 0 : i) });
      return (app.server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || i + 1 >= tries) throw error;
      log.warn(`Port ${config.port + i} is taken, trying ${config.port + i + 1}`);
    }
  }
}

/** The agent in the process works through HTTP like any other: there is no second code path. */
async function startBuiltinAgent(config: ServerConfig, accounts: Accounts, locationKey: string, port: number, log: Logger): Promise<RunningAgent> {
  await accounts.ensurePublicLocationKey(locationKey);
  const { name, light, heavy } = config.builtinAgent ?? { name: 'built-in', light: 1, heavy: 1 };
  return startAgent({
    serverUrl: `http://${hostInUrl(config.host)}:${port}`, locationKey, name, incarnation: randomUUID(), version: VERSION, slots: { light, heavy },
    net: config.net, userCode: config.userCode, capture: config.capture, clock: { now: () => Date.now(), tick: () => performance.now() }, random: Math.random,
  }, log.child({ part: 'agent' }));
}
