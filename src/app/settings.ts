/**
 * Every setting that a person can give, as an environment variable or as a flag of the same name.
 * One list, so that what is read, what is refused and what `--help` teaches cannot drift apart.
 */
import { isIP } from 'node:net';
import { readEgressRule } from '../contract/egress.ts';
import { isAbsolute } from 'node:path';
import { CAPTURE_MODES } from '../agent/capture/captureWish.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface Setting<T> {
  /** `ASSAY_DATA_DIR`; the flag is `--data-dir` and the key in SETTINGS `dataDir`. */
  variable: string;
  /** How help shows the value: `<folder>`. */
  value: string;
  what: string;
  /** The text that stands for an absent value; null when there is none. */
  initial: string | null;
  /** What a value must be, as the end of "it must be …". */
  rule: string;
  /** Never printed back. */
  secret?: true;
  /** undefined: the text breaks the rule. */
  read(text: string): T | undefined;
}

function whole(min: number, max: number): Pick<Setting<number>, 'rule' | 'read'> {
  return {
    rule: `a whole number from ${min} to ${max}`,
    read(text) {
      const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

function oneOf<T extends string>(words: readonly T[]): Pick<Setting<T>, 'rule' | 'read'> {
  return { rule: `one of ${words.join(', ')}`, read: (text) => words.find((word) => word === text) };
}

const yesOrNo: Pick<Setting<boolean>, 'rule' | 'read'> = {
  rule: '1 (yes) or 0 (no)',
  read: (text) => ({ 0: false, 1: true })[text],
};

function url(schemes: readonly string[], rule: string): Pick<Setting<string>, 'rule' | 'read'> {
  return {
    rule,
    read(text) {
      const parsed = URL.canParse(text) ? new URL(text) : null;
      return parsed && schemes.includes(parsed.protocol) && parsed.hostname !== '' ? text : undefined;
    },
  };
}

const webUrl: Pick<Setting<string>, 'rule' | 'read'> = {
  rule: 'an http:// or https:// address without a query, such as https://assay.example.com',
  read(text) {
    const parsed = url(['http:', 'https:'], '').read(text);
    return parsed && !/[?#\s]/.test(text) ? text.replace(/\/+$/, '') : undefined;
  },
};

const isHost = (text: string): boolean => isIP(text) !== 0 || /^(?=.{1,253}$)[a-z\d_]([a-z\d_-]{0,62})(\.[a-z\d_-]{1,63})*\.?$/i.test(text);

/** `host`, `host:port`, `[v6]:port` or a bare IPv6 address. */
function isNameServer(text: string): boolean {
  if (isIP(text)) return true;
  const [, bracketed, plain = '', port] = /^(?:\[(.+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  return bracketed === undefined ? isHost(plain) : isIP(bracketed) === 6;
}

const egressRules: Pick<Setting<string[]>, 'rule' | 'read'> = {
  rule: 'IP addresses, CIDR blocks, host names or *.names, separated by commas',
  read(text) {
    const list = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
    return list.every((rule) => readEgressRule(rule) !== null) ? list : undefined;
  },
};

const MAX_NAME = 200;

/** How long a class of what runs leave is kept (G.7). */
const kept = <const V extends string>(variable: V, what: string) => ({
  variable, value: '<days>', initial: '30', what: `days after the end of its session that ${what} kept; 0 for ever`, ...whole(0, 36_500),
});

export const SETTINGS = {
  host: {
    variable: 'ASSAY_HOST', value: '<address>', what: 'address to listen on; 0.0.0.0 for every network', initial: '127.0.0.1',
    rule: 'an IP address or a host name', read: (text: string) => (isHost(text) ? text : undefined),
  },
  port: { variable: 'ASSAY_PORT', value: '<port>', what: 'port for HTTP and MQTT; 0 takes a free one', initial: '3000', ...whole(0, 65_535) },
  dataDir: {
    variable: 'ASSAY_DATA_DIR', value: '<folder>', what: 'folder of the embedded store, the secret key and the credentials', initial: '.assay',
    rule: 'the path of a folder', read: (text: string) => (text.includes('\0') || text === '' ? undefined : text),
  },
  databaseUrl: {
    variable: 'ASSAY_DATABASE_URL', value: '<url>', what: 'PostgreSQL to use instead of the embedded store', initial: null, secret: true,
    ...url(['postgres:', 'postgresql:'], 'a postgres:// address, such as postgres://assay:password@db.example.com/assay'),
  },
  publicUrl: { variable: 'ASSAY_PUBLIC_URL', value: '<url>', what: 'address under which others reach this server, for links', initial: null, ...webUrl },
  secretKey: {
    variable: 'ASSAY_SECRET_KEY', value: '<hex>', what: 'key that seals secrets in the store; absent: a file secret.key in the data folder', initial: null,
    secret: true, rule: '64 hexadecimal digits (make one with `openssl rand -hex 32`)', read: (text: string) => (/^[\da-f]{64}$/i.test(text) ? text : undefined),
  },
  logLevel: { variable: 'ASSAY_LOG_LEVEL', value: '<level>', what: `how much is logged: ${LOG_LEVELS.join(', ')}`, initial: 'info', ...oneOf(LOG_LEVELS) },
  rateLimit: { variable: 'ASSAY_RATE_LIMIT', value: '<number>', what: 'requests a minute and API key; 0 for no limit', initial: '600', ...whole(0, 1_000_000) },
  builtinAgent: { variable: 'ASSAY_BUILTIN_AGENT', value: '<1|0>', what: 'whether the server brings an agent of its own', initial: '1', ...yesOrNo },
  lightSlots: { variable: 'ASSAY_LIGHT_SLOTS', value: '<number>', what: 'protocol runs at a time on this agent', initial: '32', ...whole(0, 1000) },
  heavySlots: { variable: 'ASSAY_HEAVY_SLOTS', value: '<number>', what: 'browser runs at a time on this agent; absent: one a processor core', initial: null, ...whole(0, 100) },
  warmSlots: {
    variable: 'ASSAY_WARM_SLOTS', value: '<number>', initial: '4', ...whole(0, 4),
    what: 'processes that wait for the next run of user code, of each kind, at most; 0: each is started when it is needed, which takes longer and less memory',
  },
  nameServers: {
    variable: 'ASSAY_NAME_SERVERS', value: '<list>', what: 'name servers for DNS checks without one, separated by commas; absent: the system\'s', initial: '',
    rule: 'host or host:port, separated by commas',
    read(text: string) {
      const list = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
      return list.every(isNameServer) ? list : undefined;
    },
  },
  useOsDnsResolver: { variable: 'ASSAY_USE_OS_DNS_RESOLVER', value: '<1|0>', what: 'whether TCP checks resolve names with the operating system', initial: '1', ...yesOrNo },
  allowUnsandboxed: {
    variable: 'ASSAY_ALLOW_UNSANDBOXED', value: '<1|0>', initial: '0', ...yesOrNo,
    what: 'whether user code may run where this machine gives no sandbox: it can then read and change whatever the agent can',
  },
  pictures: {
    variable: 'ASSAY_PICTURES', value: '<1|0>', initial: '1', ...yesOrNo,
    what: 'whether screenshots and videos are kept: secrets cannot be taken out of them',
  },
  capture: {
    variable: 'ASSAY_CAPTURE', value: '<when>', initial: 'failure', ...oneOf(CAPTURE_MODES),
    what: `when the packets of runs are kept: ${CAPTURE_MODES.join(', ')} (asked: of checks whose variable ASSAY_CAPTURE says so; never: not even then)`,
  },
  agentDir: {
    variable: 'ASSAY_AGENT_DIR', value: '<folder>', initial: null,
    what: 'the agent\'s own folder, for browsers and installed packages; absent: agent in the data folder, or .assay-agent',
    rule: 'the path of a folder', read: (text: string) => (text.includes('\0') || text === '' ? undefined : text),
  },
  browser: {
    variable: 'ASSAY_BROWSER', value: '<program>', initial: null,
    what: 'a Chromium that all browser checks use; absent: Playwright\'s own download, else one of the system\'s, else one in an npm package',
    rule: 'the absolute path of a program', read: (text: string) => (isAbsolute(text) && !text.includes('\0') ? text : undefined),
  },
  egressAllow: {
    variable: 'ASSAY_EGRESS_ALLOW', value: '<list>', initial: '', ...egressRules,
    what: 'where alone checks may connect to (server: at its own place; agent: at most), separated by commas; empty: anywhere',
  },
  egressDeny: { variable: 'ASSAY_EGRESS_DENY', value: '<list>', initial: '', ...egressRules, what: 'where checks may never connect to, separated by commas' },
  egressLoopback: { variable: 'ASSAY_EGRESS_LOOPBACK', value: '<1|0>', initial: '1', ...yesOrNo, what: 'whether checks may connect to the agent\'s own machine' },
  serverUrl: { variable: 'ASSAY_SERVER_URL', value: '<url>', what: 'the server to work for', initial: null, ...webUrl },
  locationKey: {
    variable: 'ASSAY_LOCATION_KEY', value: '<pl_key>', what: 'key of the private location that this agent serves', initial: null, secret: true,
    rule: 'a location key, which begins with pl_', read: (text: string) => (/^pl_\S+$/.test(text) ? text : undefined),
  },
  agentName: {
    variable: 'ASSAY_AGENT_NAME', value: '<name>', what: 'name of this agent, its own in its location; absent: made from the name of the machine', initial: null,
    rule: `1 to ${MAX_NAME} characters`, read: (text: string) => (text.length >= 1 && text.length <= MAX_NAME ? text : undefined),
  },
  runAgainHours: {
    variable: 'ASSAY_RUN_AGAIN_HOURS', value: '<hours>', initial: '24', ...whole(0, 8_760),
    what: 'hours after the end of its session that a check can be run again from the page: its sealed settings are kept for that long; 0 erases them at once',
  },
  retentionSessions: kept('ASSAY_RETENTION_SESSIONS', 'a session with all that belongs to it is'),
  retentionLogs: kept('ASSAY_RETENTION_LOGS', 'log and run data of results are'),
  retentionTraces: kept('ASSAY_RETENTION_TRACES', 'traces are'),
  retentionVideos: kept('ASSAY_RETENTION_VIDEOS', 'videos are'),
  retentionScreenshots: kept('ASSAY_RETENTION_SCREENSHOTS', 'screenshots are'),
  retentionPcaps: kept('ASSAY_RETENTION_PCAPS', 'packet captures are'),
  retentionReports: kept('ASSAY_RETENTION_REPORTS', 'reports are'),
  retentionFiles: kept('ASSAY_RETENTION_FILES', 'all other files of results are'),
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
type ValueOf<N extends SettingName> = Exclude<ReturnType<(typeof SETTINGS)[N]['read']>, undefined>;
/** What was read: the value, or null where nothing was given and nothing stands for it. `R` names those that must be given. */
export type Values<N extends SettingName, R extends N> = {
  [K in N]: K extends R ? ValueOf<K> : (typeof SETTINGS)[K]['initial'] extends string ? ValueOf<K> : ValueOf<K> | null
};

const RETENTION = [
  'retentionSessions', 'retentionLogs', 'retentionTraces', 'retentionVideos', 'retentionScreenshots', 'retentionPcaps', 'retentionReports', 'retentionFiles',
] as const satisfies readonly SettingName[];
export const SERVER_SETTINGS = [
  'host', 'port', 'dataDir', 'databaseUrl', 'publicUrl', 'secretKey', 'logLevel', 'rateLimit', 'builtinAgent', 'lightSlots', 'heavySlots', 'agentName',
  'warmSlots', 'nameServers', 'useOsDnsResolver', 'allowUnsandboxed', 'pictures', 'capture', 'agentDir', 'browser', 'egressAllow', 'egressDeny', 'egressLoopback', 'runAgainHours',
  ...RETENTION,
] as const satisfies readonly SettingName[];
export const AGENT_SETTINGS = [
  'serverUrl', 'locationKey', 'agentName', 'lightSlots', 'heavySlots', 'warmSlots', 'nameServers', 'useOsDnsResolver', 'allowUnsandboxed', 'pictures', 'capture', 'agentDir', 'browser',
  'egressAllow', 'egressDeny', 'egressLoopback', 'logLevel',
] as const satisfies readonly SettingName[];
/** What opens the store from the command line, beside a running server. */
export const STORE_SETTINGS = ['dataDir', 'databaseUrl', 'secretKey'] as const satisfies readonly SettingName[];
/** `assay retention`: the store, its files, and how long they are kept. */
export const RETENTION_SETTINGS = ['dataDir', 'databaseUrl', ...RETENTION] as const satisfies readonly SettingName[];
