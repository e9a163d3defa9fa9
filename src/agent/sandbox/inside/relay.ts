/**
 * Runs in a sandbox that has a network of its own, and takes connections from there to the agent's socket.
 * Promises: what stands in the sandbox itself is reached first; failures are told in the words of who asked: SOCKS5 (browsers), an HTTP
 * proxy (other programs), or our own line of JSON (hook.ts), which gets a port to connect to.
 * Never: a judgement. The walls are the empty network and the agent's rules; a user may change or kill all of this.
 * Loaded as a plain script without imports: it is written into the job's own folder.
 */
import type { Server, Socket } from 'node:net';

type Target = { host: string; port: number; family?: number };
type Fault = { code: string; message: string };
type Way = { socket: Socket; address: string; port: number };

const net = process.getBuiltinModule('node:net');
const fs = process.getBuiltinModule('node:fs');
const [, , agentPath = '', port = ''] = process.argv;
/** ms that a port waits for whom it was made. */
const CLAIM_MS = 10_000;
const HEAD_LIMIT = 32_768;

process.on('uncaughtException', () => {});

const server = net.createServer({ allowHalfOpen: true }, (client) => {
  quiet(client);
  serve(client).catch(() => client.destroy());
});
server.listen(Number(port), '127.0.0.1', () => {
  fs.writeSync(1, 'ready');
  fs.closeSync(1);
  // Nothing else may become number 1: a pipe between two sockets looks at the program's standard output.
  fs.openSync('/dev/null', 'w');
});

/** What is asked for shows in the first byte. */
async function serve(client: Socket): Promise<void> {
  const first = await take(client, () => 1);
  client.unshift(first);
  await (first[0] === 5 ? socks : first[0] === 0x7b ? hooked : http)(client);
}

function quiet(socket: Socket): Socket {
  return socket.on('error', () => socket.destroy());
}

/** Takes bytes off the stream until `enough` says how many belong to the question; what follows stays in it, and it is paused. */
function take(client: Socket, enough: (bytes: Buffer) => number | null): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const over = () => client.off('data', more).off('end', gone).off('close', gone).pause();
    const gone = () => {
      over();
      reject(new Error('gone'));
    };
    const more = (bytes: Buffer) => {
      read = Buffer.concat([read, bytes]);
      const length = enough(read);
      if (length === null || read.length < length) return read.length > HEAD_LIMIT ? gone() : undefined;
      over();
      if (read.length > length) client.unshift(read.subarray(length));
      resolve(read.subarray(0, length));
    };
    client.on('data', more).once('end', gone).once('close', gone).resume();
  });
}

function pipe(one: Socket, other: Socket): void {
  quiet(one).once('close', () => { if (!one.readableEnded) other.destroy(); });
  quiet(other).once('close', () => { if (!other.readableEnded) one.destroy(); });
  one.pipe(other).pipe(one);
}

async function socks(client: Socket): Promise<void> {
  const methods = await take(client, (bytes) => (bytes.length < 2 ? null : 2 + (bytes[1] ?? 0)));
  client.write(Buffer.from([5, methods.subarray(2).includes(0) ? 0 : 255]));
  const asked = await take(client, (bytes) => (bytes.length < 5 ? null : ({ 1: 10, 3: 7 + (bytes[4] ?? 0), 4: 22 }[bytes[3] ?? 0] ?? 5)));
  const reply = (code: number) => client.write(Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
  if (asked[1] !== 1 || asked.length < 7) return void reply(asked[1] === 1 ? 8 : 7), void client.end();
  const name = asked[3] === 3 ? asked.subarray(5, -2).toString('latin1') : addressIn(asked.subarray(4, -2));
  const way = await reach({ host: name, port: asked.readUInt16BE(asked.length - 2) });
  if ('code' in way) {
    reply({ EACCES: 2, ENETUNREACH: 3, EHOSTUNREACH: 4, ENOTFOUND: 4, EAI_AGAIN: 4, ECONNREFUSED: 5 }[way.code] ?? 1);
    return void client.end();
  }
  reply(0);
  pipe(client, way.socket);
}

function addressIn(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(group * 2).toString(16)).join(':');
}

async function http(client: Socket): Promise<void> {
  const head = (await take(client, (bytes) => {
    const end = bytes.indexOf('\r\n\r\n');
    return end < 0 ? null : end + 4;
  })).toString('latin1');
  const [, method = '', address = ''] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r\n/.exec(head) ?? [];
  const url = URL.parse(method === 'CONNECT' ? `tcp://${address}` : address);
  if (!url?.hostname || (method !== 'CONNECT' && url.protocol !== 'http:')) return void client.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  const way = await reach({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) });
  if ('code' in way) {
    const status = way.code === 'EACCES' ? '403 Forbidden' : '502 Bad Gateway';
    return void client.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${way.message}\n`);
  }
  if (method === 'CONNECT') client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  else way.socket.write(head.replace(/^\S+ \S+/, `${method} ${url.pathname}${url.search}`).replace(/\r\n(proxy-[^:\r]*|connection|keep-alive):[^\r]*/gi, '').replace(/\r\n\r\n$/, '\r\nConnection: close\r\n\r\n'), 'latin1');
  pipe(client, way.socket);
}

/** A question of the hook. A connection is handed over by a port, so that the socket of the program stays an ordinary one. */
async function hooked(client: Socket): Promise<void> {
  const line = await take(client, (bytes) => (bytes.includes(10) ? bytes.indexOf(10) + 1 : null));
  const asked = JSON.parse(line.toString()) as { connect?: Target };
  const tell = (value: object) => client.end(`${JSON.stringify(value)}\n`);
  if (!asked.connect) return void tell((await ask(line.toString())).said);
  const way = await reach(asked.connect);
  if ('code' in way) return void tell({ error: way });
  const handOver: Server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (claimed) => {
    clearTimeout(timer);
    handOver.close();
    pipe(claimed, way.socket);
  });
  const timer = setTimeout(() => { handOver.close(); way.socket.destroy(); }, CLAIM_MS);
  handOver.listen(0, '127.0.0.1', 1, () => tell({ ok: { via: (handOver.address() as { port: number }).port, address: way.address, port: way.port } }));
}

const INSIDE = /^(localhost|.*\.localhost|127\.[\d.]+|0\.0\.0\.0|::|::1)$/i;

/** In the sandbox first where the name means the machine itself, then by the agent. */
async function reach(target: Target): Promise<Way | Fault> {
  const host = target.host.replace(/\.$/, '');
  if (INSIDE.test(host)) {
    const tries = /localhost$/i.test(host) ? { 4: ['127.0.0.1'], 6: ['::1'] }[target.family ?? 0] ?? ['127.0.0.1', '::1'] : [host];
    for (const address of tries) {
      const socket = await inside(address, target.port);
      if (socket) return { socket, address, port: target.port };
    }
  }
  const { socket, said } = await ask(`${JSON.stringify({ connect: { ...target, host } })}\n`);
  if (!said.ok) {
    socket.destroy();
    return said.error ?? { code: 'ECONNRESET', message: 'the sandbox has lost its way out' };
  }
  return { socket, address: said.ok.address, port: said.ok.port };
}

function inside(host: string, to: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: to, allowHalfOpen: true });
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(null));
  });
}

interface Said { ok?: { address: string; port: number }; error?: Fault }

async function ask(line: string): Promise<{ socket: Socket; said: Said }> {
  const socket = quiet(net.connect({ path: agentPath, allowHalfOpen: true }));
  socket.write(line);
  try {
    return { socket, said: JSON.parse((await take(socket, (bytes) => (bytes.includes(10) ? bytes.indexOf(10) + 1 : null))).toString()) as Said };
  } catch {
    return { socket, said: { error: { code: 'ECONNRESET', message: 'the sandbox has lost its way out' } } };
  }
}
