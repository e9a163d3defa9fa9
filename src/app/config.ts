/**
 * What the person who starts Assay decided: environment variables and flags, read once and checked before anything starts.
 * Promises: a flag beats its variable; everything that is wrong is said in ONE error, each with its name, what was given
 * and the rule. Never: a secret in that error, or a setting that is read later than at the start.
 */
import { availableParallelism, homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { CaptureMode } from '../agent/capture/captureWish.ts';
import type { EgressPolicy } from '../contract/egress.ts';
import type { RetentionDays } from '../sessions/retention/classes.ts';
import {
  AGENT_SETTINGS, RETENTION_SETTINGS, SERVER_SETTINGS, SETTINGS, STORE_SETTINGS, type LogLevel, type SettingName, type Values,
} from './settings.ts';

/** How the probes of an agent reach name servers. */
export interface NetConfig { nameServers: string[]; useOsResolver: boolean }

/** How an agent treats user code. */
export interface UserCodeConfig {
  /** It may run without a sandbox. */
  allowUnsandboxed: boolean;
  /** Screenshots and videos are kept. */
  keepPictures: boolean;
  /** Processes of each kind that wait for user code, at most. */
  warmSlots: number;
  /** Absolute: the agent's own folder. */
  folder: string;
  /** A Chromium for everything; null: the best that is found. */
  browser: string | null;
  /** Where Playwright keeps what it has downloaded for this user; null: elsewhere for each project. */
  playwrightFolder: string | null;
  /** A file of certificates that programs trust beside the usual ones (NODE_EXTRA_CA_CERTS, H.3); null for none. */
  certificates: string | null;
}

/** Where the store is and what seals it. */
export interface StoreConfig {
  /** Absolute. */
  dataDir: string;
  /** PostgreSQL; null for the embedded store in `dataDir`. */
  databaseUrl: string | null;
  /** 64 hexadecimal digits; null: the file `secret.key` in `dataDir`. */
  secretKey: string | null;
}

export interface ServerConfig extends StoreConfig {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** When the port is taken, the next free one is. */
  portFallback: boolean;
  /** Without a slash at the end; null: made from host and port. */
  publicUrl: string | null;
  /** Requests a minute and API key; 0 for no limit. */
  rateLimitPerMinute: number;
  /** Slots and name of the agent in the server; null for none. */
  builtinAgent: { light: number; heavy: number; name: string } | null;
  net: NetConfig;
  userCode: UserCodeConfig;
  /** When the packets of runs are kept unless a check says so itself. */
  capture: CaptureMode;
  /** Where the server's own place may connect to. */
  egress: EgressPolicy;
  retention: RetentionDays;
  /** How long the sealed settings of checks are kept after the end of their session, in ms; 0: not at all. */
  runAgainMs: number;
  logLevel: LogLevel;
}

export interface RetentionConfig {
  /** Absolute; the files are in it whatever keeps the rows. */
  dataDir: string;
  databaseUrl: string | null;
  retention: RetentionDays;
}

export interface AgentConfig {
  /** Without a slash at the end. */
  serverUrl: string;
  /** `pl_…` */
  locationKey: string;
  name: string;
  light: number;
  heavy: number;
  net: NetConfig;
  userCode: UserCodeConfig;
  /** When the packets of runs are kept unless a check says so itself. */
  capture: CaptureMode;
  /** Where it connects to at most, whatever its location allows. */
  egress: EgressPolicy;
  logLevel: LogLevel;
}

export type Environment = Readonly<Record<string, string | undefined>>;
/** Values by the setting's name, as the command line gave them. */
export type Flags = Readonly<Partial<Record<SettingName, string>>>;

/** Settings that cannot be used; one line each. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`${problems.length === 1 ? 'A setting is' : `${problems.length} settings are`} wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

export const flagOf = (name: SettingName): string => `--${SETTINGS[name].variable.replace('ASSAY_', '').replaceAll('_', '-').toLowerCase()}`;

/** What was given for a setting, and by which name. An empty variable counts as absent, as a shell leaves them; an empty flag does not. */
function givenFor(name: SettingName, flags: Flags, env: Environment): { by: string; text: string } | null {
  const flag = flags[name];
  if (flag !== undefined) return { by: flagOf(name), text: flag };
  const { variable } = SETTINGS[name];
  const text = env[variable];
  return text ? { by: variable, text } : null;
}

function describeGiven(text: string, secret: boolean): string {
  if (secret) return `a text of ${text.length} characters`;
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** Reads the settings named; `required` ones must be given. Throws ConfigError with every problem at once. */
function readSettings<N extends SettingName, R extends N>(names: readonly N[], required: readonly R[], flags: Flags, env: Environment): Values<N, R> {
  const problems: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of names) {
    const setting = SETTINGS[name];
    const given = givenFor(name, flags, env);
    const text = given?.text ?? setting.initial;
    if (text === null) {
      if (required.some((one) => one === name)) problems.push(`${setting.variable} (${flagOf(name)}) is missing: it must be ${setting.rule}.`);
      values[name] = null;
      continue;
    }
    values[name] = setting.read(text);
    if (values[name] === undefined) problems.push(`${given?.by ?? setting.variable} is ${describeGiven(text, 'secret' in setting)}: it must be ${setting.rule}.`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Values<N, R>;
}

/** Whether a person asked for a log level; without that, `dev` keeps the terminal readable. */
export function logLevelGiven(flags: Flags, env: Environment = process.env): boolean {
  return givenFor('logLevel', flags, env) !== null;
}

/** The store alone. Throws ConfigError. */
export function readStoreConfig(flags: Flags, env: Environment = process.env): StoreConfig {
  const values = readSettings(STORE_SETTINGS, [], flags, env);
  return { ...values, dataDir: resolve(values.dataDir) };
}

type RetentionValues = Pick<Values<(typeof RETENTION_SETTINGS)[number], never>, Exclude<(typeof RETENTION_SETTINGS)[number], 'dataDir' | 'databaseUrl'>>;
const retentionOf = (values: RetentionValues): RetentionDays => ({
  sessions: values.retentionSessions, logs: values.retentionLogs, traces: values.retentionTraces, videos: values.retentionVideos,
  screenshots: values.retentionScreenshots, pcaps: values.retentionPcaps, reports: values.retentionReports, files: values.retentionFiles,
});

/** The store, its files and how long they are kept. Throws ConfigError. */
export function readRetentionConfig(flags: Flags, env: Environment = process.env): RetentionConfig {
  const values = readSettings(RETENTION_SETTINGS, [], flags, env);
  return { dataDir: resolve(values.dataDir), databaseUrl: values.databaseUrl, retention: retentionOf(values) };
}

interface UserCodeValues { allowUnsandboxed: boolean; pictures: boolean; warmSlots: number; agentDir: string | null; browser: string | null }

const egressOf = ({ egressAllow, egressDeny, egressLoopback }: { egressAllow: string[]; egressDeny: string[]; egressLoopback: boolean }): EgressPolicy =>
  ({ allow: egressAllow, deny: egressDeny, loopback: egressLoopback });

function userCodeOf({ allowUnsandboxed, pictures, warmSlots, agentDir, browser }: UserCodeValues, folder: string, env: Environment): UserCodeConfig {
  return {
    allowUnsandboxed, keepPictures: pictures, warmSlots, folder: resolve(agentDir ?? folder), browser, playwrightFolder: playwrightFolder(env),
    certificates: env['NODE_EXTRA_CA_CERTS'] ? resolve(env['NODE_EXTRA_CA_CERTS']) : null,
  };
}

/** As Playwright itself decides it. */
function playwrightFolder(env: Environment): string | null {
  if (env.PLAYWRIGHT_BROWSERS_PATH === '0') return null;
  return resolve(env.PLAYWRIGHT_BROWSERS_PATH || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ms-playwright'));
}

/** A server. Throws ConfigError. */
export function readServerConfig(flags: Flags, env: Environment = process.env): ServerConfig {
  const values = readSettings(SERVER_SETTINGS, [], flags, env);
  const { host, port, databaseUrl, publicUrl, secretKey, logLevel } = values;
  return {
    host, port, portFallback: false, dataDir: resolve(values.dataDir), databaseUrl, publicUrl, secretKey, logLevel,
    rateLimitPerMinute: values.rateLimit,
    // Several servers of one machine may share a PostgreSQL store: each has a port of its own.
    builtinAgent: values.builtinAgent
      ? { light: values.lightSlots, heavy: values.heavySlots ?? availableParallelism(), name: values.agentName ?? `${hostname()}:${values.port}` } : null,
    net: { nameServers: values.nameServers, useOsResolver: values.useOsDnsResolver },
    userCode: userCodeOf(values, join(values.dataDir, 'agent'), env), capture: values.capture, egress: egressOf(values), retention: retentionOf(values), runAgainMs: values.runAgainHours * 3_600_000,
  };
}

/** An agent that works for a server elsewhere. Throws ConfigError. */
export function readAgentConfig(flags: Flags, env: Environment = process.env): AgentConfig {
  const values = readSettings(AGENT_SETTINGS, ['serverUrl', 'locationKey'], flags, env);
  return {
    serverUrl: values.serverUrl, locationKey: values.locationKey, name: values.agentName ?? hostname(),
    light: values.lightSlots, heavy: values.heavySlots ?? availableParallelism(),
    net: { nameServers: values.nameServers, useOsResolver: values.useOsDnsResolver }, userCode: userCodeOf(values, '.assay-agent', env), capture: values.capture,
    egress: egressOf(values), logLevel: values.logLevel,
  };
}
