/** A web site that shows what it is told everywhere where a browser looks, in all charsets and packings in which servers answer. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { WebSocketServer } from 'ws';
import { ZipFile } from 'yazl';
import { bodyOf, guisesOf } from './echo.ts';

const html = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const inScript = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Runs in the page: everything that it does there ends up in a trace. */
const PAGE_SCRIPT = `
  const big = secrets.join('|');
  document.title = secrets[0];
  for (const secret of secrets) {
    console.log('log', secret, { token: secret, list: [secret] });
    console.error('error ' + secret);
    console.warn(JSON.stringify({ secret }));
    localStorage.setItem('key', secret);
    sessionStorage.setItem(secret, '1');
    document.cookie = 'c=' + encodeURIComponent(secret);
  }
  console.log(numbers, numbers[0]);
  const post = (path, body, type) => fetch(path + '?q=' + encodeURIComponent(big), { method: 'POST', headers: { 'content-type': type, 'x-secret': encodeURIComponent(big) }, body }).then((r) => r.arrayBuffer());
  const form = new FormData();
  form.set('field', big);
  form.set('file', new Blob([big]), 'file.bin');
  window.done = Promise.all([
    post('/json', JSON.stringify({ secrets, numbers }), 'application/json'), post('/gzipped', big, 'text/plain'), post('/latin1', big, 'text/plain'), post('/utf16', big, 'text/plain'),
    post('/file.gz', big, 'text/plain'), post('/file.br', big, 'text/plain'), post('/file.z', big, 'text/plain'), post('/file.zip', big, 'text/plain'), post('/binary', big, 'text/plain'),
    fetch('/json', { method: 'POST', body: form }).then((r) => r.text()), fetch('/missing?q=' + encodeURIComponent(big)), fetch('/redirect?q=' + encodeURIComponent(big)).then((r) => r.text()),
    new Promise((resolve) => {
      const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket?q=' + encodeURIComponent(big));
      socket.onopen = () => { socket.send(big); socket.send(new TextEncoder().encode(big)); };
      let answers = 0;
      socket.onmessage = () => { if (++answers === 2) { socket.close(); resolve(); } };
    }),
  ]);
  setTimeout(() => { throw new Error('uncaught ' + big); });
  Promise.reject(new TypeError('rejected ' + big));
`;

function pageFor(secrets: readonly string[], numbers: readonly number[]): string {
  return `<!doctype html><meta charset="utf-8"><title>Leaky</title><!-- ${html(secrets.join())} -->
    <h1>${html(secrets.join(' '))}</h1><ul>${secrets.map((secret) => `<li data-secret="${html(secret)}">${html(JSON.stringify(guisesOf(secret)))}</li>`).join('')}</ul>
    <p id="number">${numbers.join()}</p><a href="/redirect?q=${encodeURIComponent(secrets.join())}">link</a>
    <form><input id="field"><textarea id="area"></textarea><input id="password" type="password"></form>
    <iframe srcdoc="${html(`<p>${secrets.map(html).join('</p><p>')}</p>`)}"></iframe>
    <script>const secrets = ${inScript(secrets)}, numbers = ${inScript(numbers)};${PAGE_SCRIPT}</script>`;
}

async function zipOf(text: string): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(text), 'inner.txt');
  zip.addBuffer(gzipSync(text), 'inner.txt.gz');
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Packed and encoded answers by path; the text is what was sent. */
const ANSWERS: Readonly<Record<string, (text: string) => { type: string; bytes: Buffer | Promise<Buffer>; encoding?: string }>> = {
  '/gzipped': (text) => ({ type: 'application/json', bytes: gzipSync(JSON.stringify(guisesOf(text))), encoding: 'gzip' }),
  '/latin1': (text) => ({ type: 'text/plain; charset=iso-8859-1', bytes: Buffer.from(text.replace(/[^\0-\xff]/gu, (sign) => `&#${sign.codePointAt(0)};`), 'latin1') }),
  '/utf16': (text) => ({ type: 'text/plain; charset=utf-16le', bytes: Buffer.from(`\ufeff${text}`, 'utf16le') }),
  '/file.gz': (text) => ({ type: 'application/gzip', bytes: gzipSync(text) }),
  '/file.br': (text) => ({ type: 'application/octet-stream', bytes: brotliCompressSync(text) }),
  '/file.z': (text) => ({ type: 'application/octet-stream', bytes: deflateSync(text) }),
  '/file.zip': (text) => ({ type: 'application/zip', bytes: zipOf(text) }),
  '/binary': (text) => ({ type: 'application/octet-stream', bytes: Buffer.concat([Buffer.from([0, 1, 2, 0xff]), Buffer.from(text), Buffer.from([0, 0, 7]), Buffer.from(text, 'utf16le')]) }),
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://x');
  const body = (await bodyOf(request)) || (url.searchParams.get('q') ?? '');
  response.setHeader('set-cookie', `echo=${encodeURIComponent(body)}`);
  const special = ANSWERS[url.pathname]?.(body);
  if (special) return void response.writeHead(200, { 'content-type': special.type, ...(special.encoding ? { 'content-encoding': special.encoding } : {}) }).end(await special.bytes);
  if (url.pathname === '/redirect') return void response.writeHead(302, { location: `/json?q=${encodeURIComponent(body)}` }).end();
  if (url.pathname === '/missing') return void response.writeHead(404, { 'content-type': 'text/plain' }).end(`There is no ${body}`);
  if (url.pathname !== '/page') return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ body, headers: request.headers, ...guisesOf(body) }));
  const { secrets, numbers } = JSON.parse(body) as { secrets: string[]; numbers: number[] };
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(pageFor(secrets, numbers));
}

/** On loopback; `url` without a slash at its end. */
export async function startLeakySite(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => { void answer(request, response); });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
