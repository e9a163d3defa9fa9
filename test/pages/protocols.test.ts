/** What a reader must see of the results of protocol checks, in a real Chromium: one session of real runs against real targets, some over real routers, and two runs as they cannot be had on every machine. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator } from '@playwright/test';
import { readPingOutput } from '../../src/checks/icmp/pingOutput.ts';
import { icmpResponse } from '../../src/checks/icmp/response.ts';
import { judgeTrace } from '../../src/checks/traceroute/judgeTrace.ts';
import { tracerouteDetail, tracerouteResponse } from '../../src/checks/traceroute/response.ts';
import { traceAvailability } from '../../src/checks/traceroute/runTrace.ts';
import { readTraceOutput } from '../../src/checks/traceroute/traceOutput.ts';
import type { TestSession } from '../../src/contract/sessions.ts';
import { agentByHand, type AgentByHand } from '../agentByHand.ts';
import { fillIn, placesOf } from '../scenarios/places.ts';
import { startTarget, type Target } from '../scenarios/target.ts';
import { startStage, type Stage } from '../stage.ts';
import { noFarRuns, startFarRuns, type FarRuns } from './farRuns.ts';
import { noPages, openPages, type Pages } from './openPages.ts';

const EVIL = '<script>window.ran = 1</script><img src="x" onerror="window.ran = 1">';
const ANSWERS = {
  '/checkout': { json: { id: 'order', currency: 'EUR', items: [{ id: 1, quantity: 2, price: 12.5 }, { id: 3, quantity: 3, price: 4.9 }], total: 29.9, note: EVIL }, headers: { 'set-cookie': 'sid=opensesame', 'x-served-by': 'till-7' } },
  '/page': { status: 500, text: `<!doctype html><title>Down</title>${EVIL}<p>The cart service is down.`, headers: { 'content-type': 'text/html; charset=utf-8' } },
  '/old': { status: 302, headers: { location: '/newer?from=old' } }, '/newer': { status: 301, headers: { location: '/id' } },
  '/id': { text: '{"id":9007199254740993,"ok":true}', headers: { 'content-type': 'application/json' } },
  '/big': { text: '{"cup":"blue","price":12.5,"inStock":true},', times: 9_000, headers: { 'content-type': 'application/json' } },
  '/dot': { base64: 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAQMAAAD+wSzIAAAABlBMVEX///+/v7+jQ3Y5AAAADklEQVQI12P4AIX8EAgALgAD/aNpbtEAAAAASUVORK5CYII=', headers: { 'content-type': 'image/png' } },
};
const is = (source: string, target: string, more: object = {}) => ({ source, comparison: 'EQUALS', target, ...more });
const NO_LIMITS = { degradedResponseTime: 5_000, maxResponseTime: 5_000 };

const JOBS: Record<string, Record<string, unknown>> = {
  'near way': { checkType: 'TRACEROUTE', request: { url: '127.0.0.1', protocol: 'UDP', ptrLookup: false, assertions: [{ source: 'HOP_COUNT', property: '', comparison: 'GREATER_THAN', target: '1', regex: null }] } },
  checkout: {
    checkType: 'API', localSetupScript: "request.headers['x-order'] = 'seven'\nconsole.log('made order 7')", request: {
      method: 'POST', url: '<http>/checkout', bodyType: 'JSON', body: '{"items": [1, 3], "who": "it\'s me"}', headers: [{ key: 'Authorization', value: 'Bearer opensesame' }], queryParameters: [{ key: 'shop', value: 'north' }],
      assertions: [is('STATUS_CODE', '200'), is('JSON_BODY', '39.7', { property: '$.total' }), is('HEADERS', 'till-9', { property: 'x-served-by' }), is('JSON_BODY', 'x', { property: '$.absent' })],
    },
  },
  page: { checkType: 'URL', request: { url: '<http>/page', assertions: [is('STATUS_CODE', '200')] } },
  moved: { checkType: 'URL', request: { url: '<http>/old', assertions: [is('STATUS_CODE', '200')] } },
  big: { checkType: 'API', request: { method: 'GET', url: '<http>/big', assertions: [] } },
  picture: { checkType: 'API', request: { method: 'GET', url: '<http>/dot', assertions: [] } },
  refused: { checkType: 'API', request: { method: 'GET', url: 'http://127.0.0.1:1/', assertions: [is('STATUS_CODE', '200')] } },
  talk: { checkType: 'TCP', request: { hostname: '127.0.0.1', port: '<tcp port>', data: 'PING\r\n', assertions: [is('RESPONSE_DATA', '42', { property: 'PONG (\\d+)' })] } },
  silent: { checkType: 'TCP', request: { hostname: '127.0.0.1', port: 1, assertions: [] } },
  accepted: { checkType: 'TCP', shouldFail: true, request: { hostname: '127.0.0.1', port: 1, assertions: [] } },
  names: { checkType: 'DNS', ...NO_LIMITS, request: { query: 'www.shop.example.test', recordType: 'A', nameServer: '127.0.0.1', port: '<dns port>', assertions: [is('RESPONSE_CODE', 'NOERROR')] } },
  nobody: { checkType: 'DNS', ...NO_LIMITS, request: { query: 'nobody.shop.example.test', recordType: 'A', nameServer: '127.0.0.1', port: '<dns port>', assertions: [] } },
  near: { checkType: 'ICMP', request: { hostname: '127.0.0.1', pingCount: 2, assertions: [{ source: 'LATENCY', property: 'avg', comparison: 'GREATER_THAN', target: '100000' }] } },
  secure: { checkType: 'SSL', request: { sslConfig: { hostname: '127.0.0.1', port: '<tls port>', serverName: 'shop.test' }, assertions: [is('CONNECTION', 'TLS1.3', { property: 'tlsVersion' })] } },
  misnamed: { checkType: 'SSL', request: { sslConfig: { hostname: '127.0.0.1', port: '<tls port>', serverName: 'elsewhere.test' }, assertions: [] } },
  cup: {
    checkType: 'GRPC', request: {
      url: '127.0.0.1', port: '<grpc port>', grpcConfig: { mode: 'BEHAVIOR', tls: false, method: 'shop.v1.Shop/Get', message: '{"name": "blue"}', metadata: [{ key: 'x-who', value: 'a reader' }] },
      assertions: [is('GRPC_RESPONSE', '9007199254740993', { property: '$.id' })],
    },
  },
  soldOut: { checkType: 'GRPC', request: { url: '127.0.0.1', port: '<grpc port>', grpcConfig: { mode: 'BEHAVIOR', tls: false, method: 'shop.v1.Shop/Get', message: '{"code": 14, "reason": "No cups are left."}' }, assertions: [] } },
  closed: { checkType: 'GRPC', request: { url: '127.0.0.1', port: '<grpc port>', grpcConfig: { mode: 'HEALTH', tls: false, service: 'closed' }, assertions: [] } },
  thinker: { checkType: 'AGENTIC' },
};

const PING_OUTPUT = `64 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=1.50 ms
From 10.0.0.1 icmp_seq=2 Destination Host Unreachable
64 bytes from 192.0.2.1: icmp_seq=4 ttl=57 time=12 ms
4 packets transmitted, 2 received, 50% packet loss, time 1500ms
`;
const TRACE_OUTPUT = ` 1  10.0.0.1  0.250 ms  0.230 ms  0.210 ms
 2  * * *
 3  10.0.2.1  1.500 ms *  1.750 ms
 4  198.51.100.7 <syn,ack>  9.500 ms  9 ms  10.125 ms
`;

let stage: Stage;
let target: Target;
/** The path of each result, by the name of its check. */
const paths = new Map<string, string>();
let pages: Pages;
let far: FarRuns | null = null;

before(async () => {
  if (noPages) return;
  [stage, target] = await Promise.all([startStage(), startTarget({ http: ANSWERS, tcp: { greeting: '220 ready\r\n', replies: { 'PING\r\n': '+PONG 7\r\n\u0001' } }, grpc: { reflection: true }, tls: {} })]);
  const { status, body } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
    name: 'Protocols', runLocation: { type: 'PUBLIC', region: 'eu-central-1' },
    checkRunJobs: Object.entries(JOBS).map(([name, job]) => ({ logicalId: name, name, ...fillIn(job, placesOf(target)) })),
  });
  assert.equal(status, 202, JSON.stringify(body));
  far = noFarRuns ? null : await startFarRuns();
  const agent = await agentByHand(stage, 'elsewhere');
  await Promise.all([finish(body.testSessionId), runByHand(agent).then(() => far?.run(agent, finish))]);
  pages = await openPages(stage);
});
after(async () => {
  await pages?.[Symbol.asyncDispose]();
  await far?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

async function finish(sessionId: string): Promise<void> {
  const { status, body } = await stage.call<TestSession>('GET', `/v1/test-sessions/${sessionId}/completion?maxWaitSeconds=30`);
  assert.equal(status, 200);
  for (const { name = '', testSessionResultId } of body.results ?? []) paths.set(name, `/test-sessions/${sessionId}/results/${testSessionResultId}`);
}

/** Lost pings and hops in between: what the programs print is given, all the rest is as ever. */
async function runByHand(agent: AgentByHand): Promise<void> {
  const lossy = { hostname: 'far.test', ipFamily: 'IPv4', pingCount: 4 };
  const way = { url: 'far.test', protocol: 'TCP', port: 443, ipFamily: 'IPv4', maxHops: 30, maxUnknownHops: 15, ptrLookup: true, timeout: 10 } as const;
  const findings = judgeTrace({ ...way, hops: readTraceOutput(TRACE_OUTPUT), ended: 'other', address: '198.51.100.7' });
  const names = new Map([['10.0.2.1', 'core-1.carrier.test']]);
  const ends = [
    ['lossy', { checkType: 'ICMP', request: { hostname: 'far.test' } }, { assertions: [], request: lossy, requestError: null, response: icmpResponse({ ...lossy, resolvedIp: '192.0.2.1', dnsResolutionTime: 3, report: readPingOutput(PING_OUTPUT, 4, 4) }) }],
    ['way', { checkType: 'TRACEROUTE', request: { url: 'far.test' } }, { assertions: [], request: way, requestError: null, ...tracerouteDetail(tracerouteResponse({ request: way, resolvedIp: '198.51.100.7', startedAtMs: 0, findings, names, error: null }), 3) }],
  ] as const;
  for (const [name, job, detail] of ends) {
    const { testSessionId } = await agent.run({ logicalId: name, name, ...job });
    await (await agent.take()).finish({ verdict: name === 'lossy' ? 'failed' : 'passed', detail });
    await finish(testSessionId);
  }
}

/** Opens a result and waits for a heading of its view. @returns the part of the page below that heading */
async function open(name: string, heading: string): Promise<Locator> {
  await pages.open(paths.get(name) ?? assert.fail(`No result ${name}`));
  await pages.page.getByRole('heading', { name, exact: true }).waitFor();
  await section(heading).waitFor();
  return section(heading);
}
const section = (heading: string) => pages.page.getByRole('region', { name: heading, exact: true });
/** Of parts that stand in other results, too: only where people look. */
const glance = async (name: string) => { if (process.env['ASSAY_SHOTS']) await pages.look(name); };
/** What stands in the rows of a table, cell by cell. */
const rows = async (within: Locator) => within.locator('tbody tr').evaluateAll((found) => found.map((row) => [...row.querySelectorAll('th, td')].map((cell) => (cell as unknown as { innerText: string }).innerText.replace(/\s+/g, ' ').trim())));
const shows = async (within: Locator, ...texts: (string | RegExp)[]) => {
  const said = (await within.innerText()).replace(/\s+/g, ' ');
  for (const text of texts) assert.ok(typeof text === 'string' ? said.includes(text) : text.test(said), `${text} is not in: ${said}`);
};

test('API: the failed assertions first with expected and actual, the body as text, headers, timing, script, curl', { skip: noPages }, async () => {
  const assertions = await open('checkout', 'Assertions');
  await shows(assertions, '3 of 4 failed');
  assert.deepEqual((await rows(assertions)).map(([verdict, what, expected, actual]) => [verdict, what, expected, actual]), [
    ['Failed', 'JSON body $.total', 'equals 39.7', '29.9'], ['Failed', 'Header x-served-by', 'equals till-9', 'till-7'], ['Failed', 'JSON body $.absent', 'equals x', 'nothing'], ['Passed', 'Status code', 'equals 200', '200'],
  ]);
  assert.deepEqual((await rows(section('Timing'))).map(([name]) => name), ['Wait for a socket', 'DNS', 'TCP connect', 'Send, first byte', 'Download']);
  const response = section('Response');
  await shows(response, '200 OK', 'application/json', '"total": 29.9', EVIL.replaceAll('"', '\\"'), 'till-7', /set-cookie \*{6}/);
  await response.getByRole('button', { name: 'Raw' }).click();
  await shows(response, '{"id":"order","currency":"EUR"');
  const request = section('Request');
  await shows(request, 'POST http://127.0.0.1', '?shop=north', 'it\'s me', 'put the real values where it says ******');
  await pages.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await request.getByRole('button', { name: 'Copy as curl' }).click();
  await request.getByRole('button', { name: 'Copied' }).waitFor();
  const curl = await pages.page.evaluate<string>('navigator.clipboard.readText()');
  assert.match(curl, /^curl --compressed \\\n {2}-H 'User-Agent: Assay[^']*' \\\n/);
  assert.ok(curl.includes("-H 'Authorization: ******'") && curl.includes("-H 'x-order: seven'") && curl.includes(`--data-raw '{"items": [1, 3], "who": "it'\\''s me"}'`), curl);
  await section('Scripts').getByText('Set-up').click();
  await shows(section('Scripts'), 'made order 7');
  await pages.look('protocols-api-failed');
  assert.equal(await pages.page.evaluate('window.ran'), undefined, 'nothing of a body runs');
});

test('URL: a page that was answered is text; redirects are told hop by hop; refused connections come first, in words', { skip: noPages }, async () => {
  await shows(await open('page', 'Response'), '500 Internal Server Error', 'text/html', EVIL, 'The cart service is down.');
  await glance('protocols-url-page');
  assert.equal(await pages.page.locator('main img, main script, main iframe').count(), 0);
  assert.equal(await pages.page.evaluate('window.ran'), undefined, 'nothing of a page runs');
  await shows(await open('moved', 'Response'), '2 redirects', /302 GET http\S+\/newer\?from=old/, /301 GET http\S+\/id/, '9007199254740993');
  await shows(section('Timing'), 'Redirects before');
  await glance('protocols-url-redirected');
  await shows(await open('refused', 'Assertions'), 'not judged');
  await shows(pages.page.getByRole('note'), 'The connection was refused', 'ECONNREFUSED 127.0.0.1:1');
  await pages.look('protocols-url-refused');
});

test('bodies: a long one is cut and says so, a picture is one', { skip: noPages }, async () => {
  const response = await open('big', 'Response');
  await shows(response, '256 KB of 378 KB stored', 'The body goes on', '"cup": "blue"');
  await response.getByRole('button', { name: /^Show the other/ }).click();
  await response.getByRole('button', { name: /^Show the other/ }).waitFor({ state: 'detached' });
  const picture = (await open('picture', 'Response')).getByRole('img', { name: /image\/png/ });
  await picture.waitFor();
  assert.equal(await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth), 8);
  await glance('protocols-api-picture');
});

test('TCP: what was sent and received, as text and as bytes; a refused connection, and one that the check expects', { skip: noPages }, async () => {
  const data = await open('talk', 'Data');
  await shows(data, 'Sent', 'PING', '50 49 4e 47 0d 0a', 'Received', '220 ready', '32 32 30 20 72 65 61 64 79 0d 0a'.slice(0, 23), '+PONG 7');
  assert.deepEqual((await rows(section('Assertions')))[0], ['Failed', 'Response data PONG (\\d+)', 'equals 42', '7']);
  await shows(section('Connection'), 'Connected in', '127.0.0.1', 'IPv4');
  await pages.look('protocols-tcp-failed');
  await open('silent', 'Connection');
  await shows(pages.page.getByRole('note'), 'The connection was refused: nothing listens at this address and port.', 'ECONNREFUSED');
  await open('accepted', 'Connection');
  await shows(pages.page.getByRole('note'), 'refused', 'The check passed all the same.');
  await glance('protocols-tcp-accepted');
});

test('DNS: the answers as a table, the code in words', { skip: noPages }, async () => {
  const answer = await open('names', 'Answer');
  assert.deepEqual(await rows(answer), [['www.shop.example.test.', 'CNAME', '300 s', 'shop.example.test.'], ['shop.example.test.', 'A', '300 s', '127.0.0.1']]);
  await answer.getByText('The whole message').click();
  await shows(answer, 'NOERROR', ';; QUESTION SECTION:');
  await shows(section('Question'), 'www.shop.example.test', 'UDP', `127.0.0.1 port ${target.dnsPort}`);
  await pages.look('protocols-dns-passed');
  await shows(await open('nobody', 'Answer'), 'NXDOMAIN', 'the name does not exist', 'No records');
  await glance('protocols-dns-failed');
});

test('ICMP: each ping, the lost ones apart', { skip: noPages }, async () => {
  await shows(await open('near', 'Pings'), '2 of 2 came back', 'Average', /Lost 0 %/);
  assert.deepEqual((await rows(section('Assertions')))[0]?.slice(0, 3), ['Failed', 'Latency avg', 'is greater than 100000']);
  const pings = await open('lossy', 'Pings');
  await shows(pings, '2 of 4 came back', /Lost 50 %/, 'Minimum 1.5 ms', 'Maximum 12 ms');
  assert.deepEqual(await pings.getByRole('listitem').evaluateAll((all) => all.map((one) => one.textContent)), ['Ping 1: 1.5 ms', 'Ping 2: lost', 'Ping 3: lost', 'Ping 4: 12 ms']);
  await pings.getByText('Each ping').click();
  await shows(pings, 'refused on the way (ICMP type 3, code 1)', 'none: lost');
  await pages.look('protocols-icmp-lossy');
});

test('SSL: how long the certificate is good, who vouches for it, the baseline; what is wrong comes first', { skip: noPages }, async () => {
  await shows(await open('secure', 'Certificate'), 'shop.test', '59 days left', 'is for shop.test', 'the chain is trusted');
  await shows(section('Connection'), 'TLS1.3', 'TLS_AES_256_GCM_SHA384');
  await shows(section('Security baseline'), 'grade A-', 'The TLS version is not too old');
  await shows(section('Chain'), 'shop.test', 'issued by Scenario Root', 'RSA 2048 bits', 'shop.test, 127.0.0.1');
  await pages.look('protocols-ssl-passed');
  await open('misnamed', 'Certificate');
  await shows(pages.page.getByRole('note'), 'The certificate is for another name', 'The certificate is not for elsewhere.test: it is for shop.test, 127.0.0.1.');
  await glance('protocols-ssl-failed');
});

test('gRPC: method, status by name, message, metadata, health', { skip: noPages }, async () => {
  await shows(await open('cup', 'Call'), 'shop.v1.Shop', 'Get', '0 OK', 'by server reflection');
  await shows(section('Response'), '"id": "9007199254740993"', 'x-cup', /x-token \*{6}/);
  await shows(section('Request'), '"name": "blue"', 'x-who', 'a reader');
  await pages.look('protocols-grpc-passed');
  await shows(await open('soldOut', 'Call'), '14 UNAVAILABLE', 'No cups are left.');
  await shows(await open('closed', 'Call'), 'NOT_SERVING', 'Asked about closed');
  await glance('protocols-grpc-failed');
});

test('traceroute: the hops, what was lost, the target', { skip: noPages }, async () => {
  assert.deepEqual((await rows(await open('way', 'Way'))).map((cells) => cells.slice(0, 6)), [
    ['1', '10.0.0.1', '0.23 ms', '0.21 ms', '0.25 ms', '0 %'], ['2', 'no answer', '–', '–', '–', '100 %'],
    ['3', '10.0.2.1 core-1.carrier.test', '1.6 ms', '1.5 ms', '1.8 ms', '33.33 %'], ['4', '198.51.100.7the target', '9.5 ms', '9 ms', '10.1 ms', '0 %'],
  ]);
  await shows(section('Target'), 'Reached in 4 hops', 'TCP port 443');
  await pages.look('protocols-traceroute');
});

test('traceroute for real: one hop, where more were expected', { skip: noPages }, async (context) => {
  const { protocols, reason } = await traceAvailability();
  if (!protocols.includes('UDP')) return context.skip(reason ?? 'No traceroute over UDP here');
  await shows(await open('near way', 'Assertions'), '1 of 1 failed', 'is greater than 1');
  assert.deepEqual((await rows(section('Way'))).map(([hop, address]) => [hop, address]), [['1', '127.0.0.1the target']]);
});

test('over real routers: a silent one is a gap in the way, lost pings are apart, refused ones say so', { skip: noPages || noFarRuns }, async () => {
  const way = far?.way ?? [];
  assert.deepEqual((await rows(await open('far way', 'Way'))).map(([hop, address, , , , lost]) => [hop, address, lost]), [
    ['1', way[0], '0 %'], ['2', 'no answer', '100 %'], ['3', way[2], '0 %'], ['4', `${way[3]}the target`, '0 %'],
  ]);
  await shows(section('Target'), 'Reached in 4 hops', 'TCP port 443');
  await glance('protocols-traceroute-far');
  await shows(await open('far and lossy', 'Pings'), '3 of 4 came back', 'Lost 25 %');
  assert.match((await section('Pings').getByRole('listitem').allTextContents()).join(), /^Ping 1: [\d.]+ ms,Ping 2: [\d.]+ ms,Ping 3: [\d.]+ ms,Ping 4: lost$/);
  await glance('protocols-icmp-far');
  await shows(await open('far and refused', 'Pings'), '0 of 2 came back', 'Lost 100 %');
  await section('Pings').getByText('Each ping').click();
  await shows(section('Pings'), 'refused on the way (ICMP type 3, code');
});

test('a type without a view of its own says what there is; nothing was wrong with any page', { skip: noPages }, async () => {
  await pages.open(paths.get('thinker') ?? '');
  await pages.page.getByText('not supported by this version').first().waitFor();
  // No version runs this type yet: the answer of one that does.
  const found = { summary: 'The cart lost an item.', prompt: `${EVIL} Buy two cups.`.repeat(9), assertions: [{ ...is('STATUS', 'full'), actual: 'empty', error: 'It is empty.' }], steps: [{ tool: 'open', took: 12 }] };
  await pages.page.route('**/v1/test-sessions/*/results/*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...await answer.json() as object, status: 'FAILED', agenticCheckResult: found } });
  });
  await pages.page.reload();
  await section('Steps').waitFor();
  await shows(section('What it says'), 'Summary', 'The cart lost an item.');
  await shows(section('Steps'), '"tool": "open"');
  await shows(section('Prompt'), EVIL);
  await shows(section('Assertions'), '1 of 1 failed', 'equals full', 'empty', 'It is empty.');
  await glance('protocols-plain');
  await pages.page.unroute('**/v1/test-sessions/*/results/*');
  assert.equal(await pages.page.evaluate('window.ran'), undefined);
  assert.deepEqual(pages.wrong, []);
});
