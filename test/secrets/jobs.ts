/** A session's worth of checks that have secrets everywhere, and the secrets. */
import { canary, type Canary } from './canaries.ts';

export interface Ports { http: number; tcp: number; dns: number; grpc: number }
type Job = Record<string, unknown>;

/** Found again in what is stored: proof that the search looks in the right place. */
export const PLAIN = 'plainmarker';

export const SECRETS = {
  check: canary('secret variable of a check', (mark) => `${mark()}"ü+/=${mark()}`),
  group: canary('secret variable of a group', (mark) => `${mark()}\\'%&?${mark()}`),
  account: canary('secret variable of the account', (mark) => `${mark()} <>{}#\n${mark()}`),
  cut: canary('secret variable that stands where texts are cut', (mark) => Array.from({ length: 6 }, mark).join('')),
  host: canary('secret variable in a host name', (mark) => `H${mark()}`),
  authorization: canary('Authorization header', (mark) => `${mark()}.${mark()}-${mark()}`),
  cookie: canary('cookie', (mark) => mark()),
  apiKey: canary('X-Api-Key header', (mark) => `${mark()}+/==`),
  password: canary('password of basic auth', (mark) => `${mark()}:ü"${mark()}`),
  userInfo: canary('password in a URL', (mark) => mark()),
  parameter: canary('query parameter api_key', (mark) => `${mark()}&${mark()}`),
  metadata: canary('metadata authorization of a gRPC call', (mark) => `${mark()}.${mark()}`),
  script: canary('text of a set-up script', (mark) => mark()),
  certificateKey: canary('key of a client certificate', (mark) => mark()),
} satisfies Record<string, Canary>;

const assertion = (source: string, comparison: string, target = '', property = '') => ({ source, property, comparison, target, regex: null });
const variable = (key: string, { value }: Canary) => ({ key, value, secret: true, locked: false });
const own = {
  environmentVariables: [variable('CHECK', SECRETS.check), variable('CUT', SECRETS.cut), variable('HOST', SECRETS.host)],
  group: { name: 'Group', environmentVariables: [variable('GROUP', SECRETS.group)] },
};
const ALL = '{{{CHECK}}}|{{{GROUP}}}|{{{ACCOUNT}}}';
const QUERY = 'plain={{PLAIN}}&t={{CHECK}}&g={{GROUP}}&a={{ACCOUNT}}';

function api(name: string, url: string, request: Job = {}, more: Job = {}): Job {
  return { ...own, checkType: 'API', name: `${PLAIN} ${name}`, logicalId: name, ...more, request: { method: 'POST', bodyType: 'RAW', body: `{{{PLAIN}}} ${ALL}`, url, ...request } };
}
const other = (checkType: string, name: string, request: Job, more: Job = {}): Job => ({ ...own, checkType, name: `${PLAIN} ${name}`, logicalId: name, ...more, request });

/** Everything in headers, address and body, echoed back in every guise. */
function echoed(at: string): Job[] {
  const headers = [
    { key: 'Authorization', value: `Bearer ${SECRETS.authorization.value}` }, { key: 'Cookie', value: `theme=dark; sid=${SECRETS.cookie.value}` },
    { key: 'X-Api-Key', value: SECRETS.apiKey.value }, { key: 'X-Check', value: '{{CHECK}}' }, { key: 'X-Plain', value: PLAIN },
  ];
  const queryParameters = [{ key: 'api_key', value: SECRETS.parameter.value }, { key: 'check', value: '{{{CHECK}}}' }];
  return [
    api('passes', `${at}/echo?${QUERY}`, { headers, queryParameters, assertions: [assertion('JSON_BODY', 'EQUALS', `${PLAIN} ${ALL}`, '$.body')] }),
    api('fails', `${at}/echo?${QUERY}`, { headers, queryParameters, assertions: [
      assertion('TEXT_BODY', 'EQUALS', '{{{CHECK}}}'), assertion('JSON_BODY', 'EQUALS', 'no', '$.guises[*].plain'), assertion('HEADERS', 'EQUALS', '{{CHECK}}', 'x-raw'),
      assertion('HEADERS', 'HAS_KEY', '{{{GROUP}}}'), assertion('JSON_BODY', 'EQUALS', '', '$.{{{CHECK}}}'),
    ] }),
    api('JSON', `${at}/echo?${QUERY}`, { bodyType: 'JSON', body: `{"plain":"{{PLAIN}}","check":"{{CHECK}}","raw":${JSON.stringify(SECRETS.check.value)}}` }),
    api('basic auth', `${at}/echo`, { basicAuth: { username: 'ada', password: SECRETS.password.value } }),
    api('address with a password', `${at.replace('//', `//ada:${SECRETS.userInfo.value}@`)}/echo`),
    api('retries', `${at}/status/500?${QUERY}`, {}, { testRetryStrategy: { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 2 } }),
  ];
}

/** Where texts are cut, quoted or made into error messages. */
function awkward(at: string, { tcp, dns, grpc }: Ports): Job[] {
  const text = [assertion('TEXT_BODY', 'EQUALS', 'no')];
  return [
    api('redirect', `${at}/redirect?${QUERY}`, { assertions: [assertion('STATUS_CODE', 'EQUALS', '200')] }),
    api('redirect not followed', `${at}/redirect?${QUERY}`, { followRedirects: false }),
    ...[185, 10_225, 262_120].map((before) => api(`cut after ${before}`, `${at}/long/${before}`, { body: '{{{CUT}}}', assertions: text })),
    api('long request', `${at}/echo`, { body: `${'x'.repeat(262_120)}{{{CUT}}}${'y'.repeat(100)}` }),
    api('not JSON', `${at}/not-json`, { body: '{{{CUT}}}', assertions: [assertion('JSON_BODY', 'EQUALS', '1', '$.a')] }),
    api('unknown host', 'http://{{HOST}}.invalid/'), api('no address', '{{CHECK}}'), api('bad header', `${at}/echo`, { headers: [{ key: 'X-Bad', value: 'a\n{{{CHECK}}}' }] }),
    api('set-up script', `${at}/echo`, {}, { localSetupScript: `process.env.X = '${SECRETS.script.value}'` }),
    api('snippet', `${at}/echo`, {}, { setupSnippetId: 1 }),
    other('URL', 'refused', { url: `http://ada:${SECRETS.userInfo.value}@127.0.0.1:1/?${QUERY}`, assertions: [assertion('STATUS_CODE', 'EQUALS', '200')] }),
    other('TCP', 'TCP', { hostname: '127.0.0.1', port: tcp, data: ALL, assertions: [assertion('RESPONSE_DATA', 'EQUALS', '{{{CHECK}}}')] }),
    other('TCP', 'TCP to an unknown host', { hostname: '{{HOST}}.invalid', port: tcp }),
    other('DNS', 'DNS', { query: '{{HOST}}.shop.example.test', recordType: 'A', nameServer: '127.0.0.1', port: dns, assertions: [assertion('TEXT_ANSWER', 'EQUALS', 'no')] }),
    other('ICMP', 'ICMP', { hostname: '{{HOST}}.invalid' }),
    ...calls(grpc),
  ];
}

/** In metadata and message, sent back in both, told by a status, and in a message that is no JSON. */
function calls(port: number): Job[] {
  const metadata = [{ key: 'authorization', value: `Bearer ${SECRETS.metadata.value}` }, { key: 'x-check', value: '{{CHECK}}' }];
  const call = (name: string, message: string) => other('GRPC', `gRPC ${name}`, {
    url: '127.0.0.1', port, grpcConfig: { tls: false, method: 'shop.v1.Shop/Get', metadata, message },
    assertions: [assertion('GRPC_RESPONSE', 'EQUALS', '{{{CHECK}}}', '$.name'), assertion('GRPC_METADATA', 'EQUALS', 'no', 'x-echo')],
  });
  return [
    call('answers', `{"name":${JSON.stringify(`${PLAIN} ${SECRETS.check.value}`)}}`), call('fails', '{"code":7,"reason":"{{CHECK}} {{GROUP}} {{ACCOUNT}}"}'),
    call('no JSON', '{"name":"{{{CHECK}}}"}'), other('GRPC', 'gRPC to an unknown host', { url: '{{HOST}}.invalid', port, grpcConfig: { mode: 'HEALTH' } }),
  ];
}

export function jobsFor(ports: Ports): Job[] {
  const at = `http://127.0.0.1:${ports.http}`;
  return [...echoed(at), ...awkward(at, ports)];
}

/** A run that is held by the target until somebody cancels it. */
export const heldJob = (ports: Ports): Job => api('held', `http://127.0.0.1:${ports.http}/hold?${QUERY}`);
