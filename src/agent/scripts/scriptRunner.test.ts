import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { RUNTIMES } from '../../contract/runtimes.ts';
import type { ScriptEnd, ScriptJob } from '../../checks/kit/scripts.ts';
import { findSandbox } from '../sandbox/findSandbox.ts';
import { openMachine } from '../machine.ts';
import { createScriptRunner } from './scriptRunner.ts';

const facts = await findSandbox(false);
const skip = facts.level === null && facts.says;
const machine = openMachine({ allowUnsandboxed: false, keepPictures: true, folder: '/nowhere' });
const runScript = createScriptRunner(machine);
after(() => machine.close());
const request = { method: 'GET', url: 'http://{{HOST}}/', body: '', headers: { a: '1', gone: 'x' }, queryParameters: {} };

async function run(text: string, more: Partial<ScriptJob> = {}, signal = new AbortController().signal): Promise<{ end: ScriptEnd; lines: string[] }> {
  const lines: string[] = [];
  const end = await runScript({ phase: 'setup', text, path: null, files: [], env: { A: '1' }, request, response: null, ...more }, {
    signal, log: (level, msg) => { if (!msg.startsWith('Sandbox: ')) lines.push(`${level} ${msg}`); },
  });
  return { end, lines };
}
const messageOf = ({ end }: { end: ScriptEnd }) => (end.kind === 'failed' ? end.message : JSON.stringify(end));

test('request and environment are changed, the console is the job log, what is left behind is cut off', { skip }, async () => {
  const { end, lines } = await run(`
    request.headers.b = 2; delete request.headers.gone; request.body = { n: 1 }; request.method = 'POST';
    process.env.N = 'x'; delete process.env.A;
    console.log('hi %d', 3, { a: 1 }); console.warn('careful');
    setInterval(() => console.log('never'), 1);
    return await 'ignored';`);
  assert.deepEqual(end, {
    kind: 'done', env: { N: 'x' }, body: null,
    request: { method: 'POST', url: 'http://{{HOST}}/', body: '{"n":1}', headers: { a: '1', b: '2' }, queryParameters: {} },
  });
  assert.deepEqual(lines, ['INFO hi 3 { a: 1 }', 'WARN careful']);
});

test('a new value of a secret variable is told before the script can print it, however it is set', { skip }, async () => {
  const told: string[] = [];
  const text = `import { env } from 'node:process';
    process.env.TOKEN = 'one'; console.log('after one'); Object.assign(process.env, { TOKEN: 2, OTHER: 'x' }); env.TOKEN = 'three';
    Object.defineProperty(process.env, 'TOKEN', { value: 'four', configurable: true, enumerable: true, writable: true });
    console.log(process.env.TOKEN, env.TOKEN, Object.keys(process.env).includes('TOKEN')); delete process.env.TOKEN; console.log(typeof process.env.TOKEN);`;
  const end = await runScript({ phase: 'setup', text, path: null, files: [], env: { TOKEN: 'zero' }, request, response: null }, {
    signal: new AbortController().signal, log: (_level, msg) => { if (!msg.startsWith('Sandbox: ')) told.push(msg); }, secrets: { names: ['TOKEN'], onValue: (value) => told.push(`secret ${value}`) },
  });
  assert.equal(end.kind, 'done', JSON.stringify(end));
  assert.deepEqual(told, ['secret one', 'after one', 'secret 2', 'secret three', 'secret four', 'four four true', 'undefined']);
});

test('teardown: the response can be read, its body changed', { skip }, async () => {
  const response = { statusCode: 201, statusText: 'Made', headers: { x: 'y' }, body: '{"a":1}', timings: {}, timingPhases: {} };
  const { end, lines } = await run('console.log(response.statusCode, response.headers.x); response.body = response.body.replace("1", "2")', { phase: 'teardown', response });
  assert.equal(end.kind === 'done' && end.body, '{"a":2}');
  assert.deepEqual(lines, ['INFO 201 y']);
});

test('TypeScript, modules and functions, dependencies by path, packages of the runtime', { skip }, async () => {
  const files = [
    { path: 'src/lib/a.ts', content: "import { w } from '../b.js';\nexport const v: string = 'a' + w;" }, { path: 'src/b.ts', content: "export const w = 'b';" },
    { path: 'src/old/index.js', content: 'module.exports = { u: typeof request.url };' },
  ];
  const bodyAfter = async (text: string, path: string) => {
    const result = await run(text, { path, files });
    return result.end.kind === 'done' ? result.end.request.body : messageOf(result);
  };
  assert.equal(await bodyAfter("import { v } from './lib/a'\nimport moment from 'moment'\nrequest.body = v + typeof moment as string", 'src/setup.ts'), 'abfunction');
  assert.equal(await bodyAfter("const { v } = require('./lib/a'); const { u } = require('./old'); const x: string = v + u; request.body = x + typeof require('moment');", 'src/setup.ts'), 'abstringfunction');
  assert.equal(await bodyAfter("const { v } = await import('./lib/a'); request.body = v;", 'src/setup.js'), 'ab');
});

test('TypeScript as people write it: enums, parameter properties, generic calls, imports that are only types; names of CommonJS in modules; JSON', { skip }, async () => {
  const files = [
    { path: 'src/shop.ts', content: `import { Price, Kind } from './types';\nimport prices from './prices.json';\nexport class Shop { constructor(private readonly kind: Kind) {}\n price(): Price { return { kind: Kind[this.kind], amount: prices.low, in: __dirname.split('/').pop() } } }` },
    { path: 'src/types.ts', content: 'export enum Kind { Book, Toy }\nexport interface Price { kind: string; amount: number; in?: string }' }, { path: 'src/prices.json', content: '{"low":7}' },
  ];
  const cases: [text: string, path: string | null, body: string][] = [
    ["import { Shop } from './shop'\nimport { Kind, Price } from './types'\nconst price: Price = new Shop(Kind.Toy).price()\nrequest.body = JSON.stringify([price, __filename.endsWith('go.ts'), typeof require])", 'src/go.ts', '[{"kind":"Toy","amount":7,"in":"src"},true,"function"]'],
    ["const { Shop } = require('./src/shop'); enum Where { Here = 3 }; request.body = JSON.stringify([new Shop(0).price().kind, Where.Here, __dirname === process.cwd(), process.env.PATH !== ''])", null, '["Book",3,true,true]'],
    ['const same = <T>(value: T): T => value; request.body = same<string>("generic")', null, 'generic'],
    ['var old = 010; request.body = String(old)', null, '8'],
  ];
  for (const [text, path, body] of cases) {
    const result = await run(text, { path, files });
    assert.equal(result.end.kind === 'done' ? result.end.request.body : messageOf(result), body);
  }
});

test('every package of the runtime can be imported, in both ways, in the version that is told; those for browsers are said to be elsewhere', { skip }, async () => {
  const { dependencies } = RUNTIMES[0] as { dependencies: Record<string, string> };
  const browsers = ['@checkly/playwright-helpers', '@playwright/test', 'playwright'];
  const names = Object.keys(dependencies).filter((name) => name !== 'node' && !browsers.includes(name));
  for (const name of names) {
    // A script each: some are hundreds of files, and a busy machine takes its time.
    for (const way of ['require', 'await import']) {
      const result = await run(`request.body = String(Object.keys(${way}('${name}')).length > 0)`);
      assert.equal(result.end.kind === 'done' && result.end.request.body, 'true', `${way} ${name}: ${messageOf(result)}`);
    }
  }
  const working = await run("const jwt = require('jsonwebtoken'); request.body = [jwt.verify(jwt.sign({ a: 1 }, 'k'), 'k').a, require('lodash/get')({ a: { b: 2 } }, 'a.b')]");
  assert.equal(working.end.kind === 'done' && working.end.request.body, '[1,2]', messageOf(working));
  for (const name of browsers) {
    assert.match(messageOf(await run(`require('${name}')`)), new RegExp(`"${name}" is not available to setup and teardown scripts \\(it is for browser and multistep checks\\); these are: `));
  }
  for (const [name, version] of Object.entries(dependencies)) {
    if (name === 'node') continue;
    const manifest = JSON.parse(readFileSync(new URL(`../../../node_modules/${name}/package.json`, import.meta.url), 'utf8')) as { version: string };
    assert.equal(version, manifest.version, name);
  }
});

test('every method of the console, each at its level; errors with what they stand on', { skip }, async () => {
  const { lines } = await run("console.group('g'); console.debug('d'); console.groupEnd(); console.table([{ a: 1 }]); console.assert(1 === 2, 'no'); console.count(); console.error('e'); console.dir({ x: { y: { z: {} } } }, { depth: 0 }); console.log('a\\nb')");
  assert.deepEqual(lines, [
    'INFO g', 'DEBUG   d', 'INFO ┌─────────┬───┐\n│ (index) │ a │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘', 'ERROR Assertion failed: no', 'INFO default: 1', 'ERROR e',
    'INFO { x: [Object] }', 'INFO a\nb',
  ]);
  const cases: [text: string, message: string][] = [
    ["throw new AggregateError([new Error('one'), new Error('two')])", 'AggregateError:  (Error: one; Error: two)'], ["throw new Error('outer', { cause: new TypeError('inner') })", 'Error: outer (TypeError: inner)'],
    ["const odd = new Error('x'); odd.message = { a: 1 }; odd.stack = 7; throw odd", 'Error: [object Object]'], ['throw { a: 1 }', 'Error: { a: 1 }'],
    ["throw Object.defineProperty(new Error(), 'name', { get() { throw new Error('gotcha') } })", 'It threw something that cannot be shown: gotcha'],
  ];
  for (const [text, message] of cases) assert.equal(messageOf(await run(text)), `The setup script failed: ${message}`);
});

test('teardown without an answer has no response; an object as the body becomes JSON', { skip }, async () => {
  const none = await run("console.log(response, response?.statusCode ?? 'none')", { phase: 'teardown', response: null });
  assert.deepEqual([none.end.kind, none.lines], ['done', ['INFO null none']]);
  const response = { statusCode: 200, statusText: 'OK', headers: {}, body: '{"a":1}', timings: {}, timingPhases: {} };
  const { end } = await run('response.body = { ...JSON.parse(response.body), b: 2 }', { phase: 'teardown', response });
  assert.equal(end.kind === 'done' && end.body, '{"a":1,"b":2}');
});

test('what goes wrong is told with its place', { skip }, async () => {
  const thrown = await run("\nthrow new TypeError('boo')", { path: 'src/set.js' });
  assert.equal(messageOf(thrown), 'The setup script src/set.js failed: TypeError: boo');
  assert.deepEqual(thrown.lines, ['ERROR The setup script src/set.js failed: TypeError: boo\n    at src/set.js:2:7']);
  const cases: [text: string, message: RegExp, more?: Partial<ScriptJob>][] = [
    ['const a = ;', /SyntaxError: Unexpected token ';'/], ["require('./nope')", /Cannot find module '\.\/nope'$/],
    ["require('pg')", /The package "pg" is not available to setup and teardown scripts; these are: .*moment/],
    ['await new Promise(() => {})', /waits for something that will never happen/], ['process.exit(0)', /ended its process itself/],
    ["setTimeout(() => { throw new Error('late') }, 1); await new Promise((resolve) => setTimeout(resolve, 5000))", /Error: late/],
    ["Promise.reject(new Error('unhandled')); await new Promise((resolve) => setTimeout(resolve, 5000))", /Error: unhandled/],
    ['const all = []; for (;;) all.push(new Array(1e6).fill(all.length))', /its process ended before it had/],
    ["process.env.BIG = 'x'.repeat(300000)", /more than 256 KB of data went out of it/], ['', /more than 256 KB of data went into it/, { env: { BIG: 'x'.repeat(300_000) } }],
    ['', /leads out of the project/, { files: [{ path: '../../x', content: '' }] }], ['response', /response is not defined/],
  ];
  for (const [text, message, more] of cases) {
    const result = await run(text, more);
    assert.equal(result.end.kind, 'failed', text);
    assert.match(messageOf(result), message);
    assert.equal(result.lines.filter((line) => line.startsWith('ERROR')).length, 1);
  }
});

test('a cancelled script ends at once; what a script forges into its reports has the right shape all the same', { skip }, async () => {
  const stop = new AbortController();
  const endless = run('for (;;);', {}, stop.signal);
  stop.abort();
  assert.deepEqual((await endless).end, { kind: 'cancelled' });
  const forged = await run(`require('fs').writeSync(3, '\\nnonsense\\n{"done":{"env":{"a":{},"b":null},"request":{"headers":7,"url":["x"]}}}\\n'); process.kill(process.pid, 'SIGKILL'); for (;;);`);
  assert.deepEqual(forged.end, { kind: 'done', env: { a: '{}' }, body: null, request: { method: '', url: '["x"]', body: '', headers: {}, queryParameters: {} } });
});
