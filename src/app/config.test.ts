import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ConfigError, flagOf, logLevelGiven, readAgentConfig, readServerConfig, readStoreConfig } from './config.ts';
import { AGENT_SETTINGS, SERVER_SETTINGS, SETTINGS, type SettingName } from './settings.ts';

/** The lines of the one error that the reading throws. */
function problemsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n').slice(1).map((line) => line.trim());
  }
  throw new Error('Nothing was refused.');
}

test('without any setting a server listens on the loopback with an agent of its own', () => {
  const config = readServerConfig({}, {});
  assert.deepEqual({ ...config, builtinAgent: null }, {
    host: '127.0.0.1', port: 3000, portFallback: false, dataDir: resolve('.assay'), databaseUrl: null, publicUrl: null, secretKey: null,
    rateLimitPerMinute: 600, builtinAgent: null, net: { nameServers: [], useOsResolver: true }, logLevel: 'info', egress: { allow: [], deny: [], loopback: true },
    userCode: { allowUnsandboxed: false, keepPictures: true, warmSlots: 4, folder: resolve('.assay/agent'), browser: null, playwrightFolder: join(homedir(), '.cache/ms-playwright'), certificates: null },
    retention: { sessions: 30, logs: 30, traces: 30, videos: 30, screenshots: 30, pcaps: 30, reports: 30, files: 30 }, runAgainMs: 86_400_000,
    capture: 'failure',
  });
  assert.equal(config.builtinAgent?.light, 32);
  assert.ok((config.builtinAgent?.heavy ?? 0) >= 1);
});

test('a flag beats its variable, and an empty variable is none', () => {
  assert.equal(readServerConfig({ port: '4000' }, { ASSAY_PORT: '5000' }).port, 4000);
  assert.equal(readServerConfig({}, { ASSAY_PORT: '5000', ASSAY_HOST: '' }).port, 5000);
  assert.equal(readServerConfig({}, { ASSAY_HOST: '' }).host, '127.0.0.1');
  assert.equal(problemsOf(() => readServerConfig({ host: '' }, { ASSAY_HOST: '::1' })).length, 1);
  assert.equal(logLevelGiven({}, {}), false);
  assert.equal(logLevelGiven({}, { ASSAY_LOG_LEVEL: 'info' }), true);
});

test('every setting of a server reaches its place', () => {
  const config = readServerConfig({}, {
    ASSAY_HOST: '::', ASSAY_PORT: '0', ASSAY_DATA_DIR: '/data', ASSAY_DATABASE_URL: 'postgresql://u:p@h/d', ASSAY_PUBLIC_URL: 'https://assay.example.com/',
    ASSAY_SECRET_KEY: 'AB'.repeat(32), ASSAY_LOG_LEVEL: 'warn', ASSAY_RATE_LIMIT: '0', ASSAY_LIGHT_SLOTS: '7', ASSAY_HEAVY_SLOTS: '0', ASSAY_AGENT_NAME: 'a',
    ASSAY_NAME_SERVERS: '1.1.1.1, [2606:4700::1111]:53,dns.example:5353,::1', ASSAY_USE_OS_DNS_RESOLVER: '0', ASSAY_ALLOW_UNSANDBOXED: '1',
    ASSAY_EGRESS_ALLOW: '10.0.0.0/8, *.shop.test', ASSAY_EGRESS_DENY: '10.1.1.1', ASSAY_EGRESS_LOOPBACK: '0', ASSAY_PICTURES: '0', ASSAY_WARM_SLOTS: '0', ASSAY_CAPTURE: 'asked', ASSAY_AGENT_DIR: '/agent', NODE_EXTRA_CA_CERTS: '/ca.pem', ASSAY_BROWSER: '/opt/chrome', PLAYWRIGHT_BROWSERS_PATH: '/browsers',
    ASSAY_RETENTION_SESSIONS: '0', ASSAY_RETENTION_LOGS: '1', ASSAY_RETENTION_TRACES: '2', ASSAY_RETENTION_VIDEOS: '3', ASSAY_RETENTION_SCREENSHOTS: '4', ASSAY_RETENTION_PCAPS: '5',
    ASSAY_RETENTION_REPORTS: '6', ASSAY_RETENTION_FILES: '7', ASSAY_RUN_AGAIN_HOURS: '0',
  });
  assert.deepEqual(config, {
    host: '::', port: 0, portFallback: false, dataDir: '/data', databaseUrl: 'postgresql://u:p@h/d', publicUrl: 'https://assay.example.com',
    secretKey: 'AB'.repeat(32), rateLimitPerMinute: 0, builtinAgent: { light: 7, heavy: 0, name: 'a' },
    net: { nameServers: ['1.1.1.1', '[2606:4700::1111]:53', 'dns.example:5353', '::1'], useOsResolver: false }, logLevel: 'warn', egress: { allow: ['10.0.0.0/8', '*.shop.test'], deny: ['10.1.1.1'], loopback: false },
    userCode: { allowUnsandboxed: true, keepPictures: false, warmSlots: 0, folder: '/agent', browser: '/opt/chrome', playwrightFolder: '/browsers', certificates: '/ca.pem' },
    retention: { sessions: 0, logs: 1, traces: 2, videos: 3, screenshots: 4, pcaps: 5, reports: 6, files: 7 }, runAgainMs: 0,
    capture: 'asked',
  });
  assert.equal(readServerConfig({}, { PLAYWRIGHT_BROWSERS_PATH: '0' }).userCode.playwrightFolder, null);
  assert.equal(readServerConfig({}, { ASSAY_BUILTIN_AGENT: '0' }).builtinAgent, null);
});

test('each wrong value is named with what was given and the rule, all in one error', () => {
  const wrong: [SettingName, string][] = [
    ['host', 'a b'], ['port', '65536'], ['port', '1e3'], ['port', '-1'], ['retentionVideos', '36501'], ['dataDir', ''], ['databaseUrl', 'mysql://h/d'], ['databaseUrl', 'nonsense'],
    ['publicUrl', 'ftp://h'], ['publicUrl', 'http://h/?q=1'], ['secretKey', 'ab'], ['logLevel', 'verbose'], ['rateLimit', '1.5'], ['builtinAgent', 'true'],
    ['lightSlots', '1001'], ['heavySlots', '101'], ['agentName', 'x'.repeat(201)], ['nameServers', '1.1.1.1,bad host'], ['egressAllow', 'a.test,10.0.0.0/33'], ['egressDeny', 'http://a.test'], ['egressLoopback', 'yes'], ['capture', 'sometimes'], ['nameServers', 'h:99999'],
    ['nameServers', '[1.1.1.1]:53'], ['useOsDnsResolver', 'yes'], ['allowUnsandboxed', 'true'], ['pictures', 'no'], ['warmSlots', '5'], ['agentDir', ''], ['browser', 'chrome'],
  ];
  for (const [name, text] of wrong) {
    const [problem = '', ...others] = problemsOf(() => readServerConfig({ [name]: text }, {}));
    assert.deepEqual(others, []);
    assert.ok(problem.startsWith(`${flagOf(name)} is `) && problem.endsWith(`: it must be ${SETTINGS[name].rule}.`), problem);
  }
  assert.equal(problemsOf(() => readServerConfig({ port: 'x' }, { ASSAY_RATE_LIMIT: 'y', ASSAY_LOG_LEVEL: 'z' })).length, 3);
});

test('an agent needs a server and a key, and says so together', () => {
  assert.deepEqual(problemsOf(() => readAgentConfig({}, {})).map((line) => line.split(' ')[0]), ['ASSAY_SERVER_URL', 'ASSAY_LOCATION_KEY']);
  assert.deepEqual(problemsOf(() => readAgentConfig({ serverUrl: 'http://h', locationKey: 'sv_secret' }, {})), [
    '--location-key is a text of 9 characters: it must be a location key, which begins with pl_.',
  ]);
  const { serverUrl, locationKey, light } = readAgentConfig({}, { ASSAY_SERVER_URL: 'http://h:1/', ASSAY_LOCATION_KEY: 'pl_x' });
  assert.deepEqual({ serverUrl, locationKey, light }, { serverUrl: 'http://h:1', locationKey: 'pl_x', light: 32 });
});

test('the store is read alone, without a look at settings of the server', () => {
  assert.deepEqual(readStoreConfig({ dataDir: '/d' }, { ASSAY_PORT: 'nonsense' }), { dataDir: '/d', databaseUrl: null, secretKey: null });
});

test('flags carry the names of their variables, and every setting belongs to a server or an agent', () => {
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const camel = flagOf(name).slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    assert.equal(camel, name);
  }
  assert.deepEqual(new Set([...SERVER_SETTINGS, ...AGENT_SETTINGS]), new Set(Object.keys(SETTINGS)));
});
