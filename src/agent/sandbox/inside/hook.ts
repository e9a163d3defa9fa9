/**
 * Preloaded into every Node program of a sandbox that has a network of its own: its sockets and lookups go by the relay.
 * Promises: programs see ordinary sockets, and errors with the codes that they would have had.
 * Never: a wall. Who avoids it reaches nothing at all.
 * Loaded as a plain script without imports: it is written into the job's own folder.
 */
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { Socket, SocketConnectOpts, TcpSocketConnectOpts } from 'node:net';

type Fault = { code: string; message: string; syscall?: string; address?: string; port?: number; hostname?: string; errno?: number };
type Said = { ok?: { via: number; address: string; port: number; addresses: LookupAddress[] }; error?: Fault };
type LookupCallback = (error: NodeJS.ErrnoException | null, address?: string | LookupAddress[], family?: number) => void;
type Lookup = (host: string, options: LookupOptions, callback: LookupCallback) => void;

const net = process.getBuiltinModule('node:net');
const dns = process.getBuiltinModule('node:dns');
const { syncBuiltinESMExports } = process.getBuiltinModule('node:module');
const { promisify } = process.getBuiltinModule('node:util');
/** As the sandbox starts the relay. */
const RELAY_PORT = 61_080;
const fs = process.getBuiltinModule('node:fs');
/** ms that the relay may take to start beside the first program. */
const RELAY_START_MS = 10_000;
/** How the kernel lists a listening port of 127.0.0.1. */
const LISTENS = `0100007F:${RELAY_PORT.toString(16).toUpperCase()} 00000000:0000 0A`;
const prototype = net.Socket.prototype as unknown as { connect(this: Socket, ...given: unknown[]): Socket };
const connect = prototype.connect;
const lookup = dns.lookup as unknown as Lookup;

/** One question to the relay. */
function ask(question: object, callback: (said: Said) => void): void {
  let text = '';
  const done = (said: Said) => {
    const tell = callback;
    callback = () => {};
    tell(said);
  };
  const lost = () => done({ error: { code: 'ENETUNREACH', message: 'The way out of the sandbox is closed.', syscall: 'connect' } });
  const socket = new net.Socket();
  socket.setEncoding('utf8').on('data', (more: string) => { text += more; }).on('error', lost).on('end', () => {
    try {
      done(JSON.parse(text) as Said);
    } catch {
      lost();
    }
  });
  connect.call(socket, { host: '127.0.0.1', port: RELAY_PORT });
  socket.write(`${JSON.stringify(question)}\n`);
}

function errorFrom(fault: Fault): NodeJS.ErrnoException {
  const { code, message, ...facts } = fault;
  return Object.assign(new Error(message), facts, { code });
}

/** As `connect(options | port | path, …)` may be called; null: it is none of ours. */
function targetOf(given: unknown[]): { options: TcpSocketConnectOpts; listener: (() => void) | null } | null {
  const args = Array.isArray(given[0]) ? given[0] as unknown[] : given;
  const [first, second] = args;
  const last = args.at(-1);
  const listener = typeof last === 'function' ? last as () => void : null;
  if (typeof first === 'object' && first !== null) {
    const options = first as SocketConnectOpts & { fd?: number };
    return 'path' in options && options.path ? null : { options: options as TcpSocketConnectOpts, listener };
  }
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) {
    return { options: { port: Number(first), ...(typeof second === 'string' ? { host: second } : {}) }, listener };
  }
  return null;
}

prototype.connect = function (this: Socket, ...given: unknown[]): Socket {
  const target = targetOf(given);
  const port = Number(target?.options.port);
  // What is wrong with the options, the original says best.
  if (target === null || !Number.isInteger(port) || port < 1 || port > 65_535) return connect.apply(this, given);
  const { options, listener } = target;
  if (listener) this.once('connect', listener);
  if (this.destroyed) (this as unknown as { _undestroy(): void })._undestroy();
  const state = this as unknown as { connecting: boolean };
  state.connecting = true;
  const host = options.host || 'localhost';
  chosen(host, options, (error, address) => {
    if (this.destroyed) return;
    if (error) return void this.destroy(error);
    ask({ connect: { host: address, port, family: options.family } }, ({ ok, error: fault }) => {
      if (this.destroyed) return;
      if (!ok) return void this.destroy(errorFrom(fault ?? { code: 'ENETUNREACH', message: 'no answer' }));
      this.emit('lookup', null, ok.address, net.isIP(ok.address), host);
      remember(this, ok);
      connect.call(this, { ...options, host: '127.0.0.1', port: ok.via, localAddress: undefined, localPort: undefined, lookup: undefined, family: 4, autoSelectFamily: false });
    });
  });
  return this;
};

/** A program's own way of looking names up is respected, as long as it is not ours. */
function chosen(host: string, options: TcpSocketConnectOpts, callback: (error: NodeJS.ErrnoException | null, host: string) => void): void {
  const own = options.lookup as unknown as Lookup | undefined;
  if (typeof own !== 'function' || net.isIP(host) || own === hookedLookup as unknown || own === lookup) return callback(null, host);
  own(host, { family: options.family ?? 0, hints: options.hints ?? 0, all: false }, (error, address) => {
    const first = Array.isArray(address) ? address[0]?.address : address;
    callback(error ?? null, first ?? host);
  });
}

/** What the socket says of its other end is the target, not the relay. */
function remember(socket: Socket, { address, port }: { address: string; port: number }): void {
  const facts = { remoteAddress: address, remotePort: port, remoteFamily: net.isIP(address) === 6 ? 'IPv6' : 'IPv4' };
  for (const [key, value] of Object.entries(facts)) Object.defineProperty(socket, key, { value, configurable: true, enumerable: false, writable: true });
}

const LOCAL = /^(localhost|.*\.localhost)\.?$/i;

function hookedLookup(host: string, given: LookupOptions | number | LookupCallback | undefined, then?: LookupCallback): void {
  const callback = typeof given === 'function' ? given : then;
  const options: LookupOptions = typeof given === 'number' ? { family: given } : typeof given === 'object' && given !== null ? given : {};
  if (typeof host !== 'string' || host === '' || net.isIP(host) || LOCAL.test(host) || typeof callback !== 'function') return lookup(host, options, callback as LookupCallback);
  const family = options.family === 'IPv6' ? 6 : options.family === 'IPv4' ? 4 : options.family ?? 0;
  ask({ lookup: { host, family } }, ({ ok, error }) => {
    if (!ok) return callback(errorFrom(error ?? { code: 'EAI_AGAIN', message: `getaddrinfo EAI_AGAIN ${host}`, syscall: 'getaddrinfo', hostname: host }));
    const inOrder = options.order === 'ipv4first' || options.verbatim === false ? ok.addresses.toSorted((a, b) => a.family - b.family) : ok.addresses;
    if (options.all) return callback(null, inOrder);
    callback(null, inOrder[0]?.address, inOrder[0]?.family);
  });
}

const all = (host: string, options: LookupOptions) => new Promise<LookupAddress[]>((resolve, reject) => {
  hookedLookup(host, { ...options, all: true }, (error, found) => (error ? reject(error) : resolve(found as LookupAddress[])));
});
const promised = async (host: string, given?: LookupOptions | number) => {
  const options = typeof given === 'number' ? { family: given } : given ?? {};
  const found = await all(host, options);
  return options.all ? found : found[0];
};
Object.defineProperty(hookedLookup, promisify.custom, { value: promised });
Object.assign(dns, { lookup: hookedLookup });
Object.assign(dns.promises, { lookup: promised });
for (const [name, family] of [['resolve4', 4], ['resolve6', 6]] as const) {
  Object.assign(dns, { [name]: (host: string, given: unknown, then?: unknown) => {
    const callback = (typeof given === 'function' ? given : then) as (error: Error | null, found?: string[]) => void;
    all(host, { family }).then((found) => callback(null, found.map(({ address }) => address)), (error: Error) => callback(error));
  } });
  Object.assign(dns.promises, { [name]: async (host: string) => (await all(host, { family })).map(({ address }) => address) });
}
syncBuiltinESMExports();
waitForRelay();

/** Programs that this one starts, browsers above all, find it listening. */
function waitForRelay(): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + RELAY_START_MS;
  try {
    while (!fs.readFileSync('/proc/net/tcp', 'utf8').includes(LISTENS) && performance.now() < end) Atomics.wait(cell, 0, 0, 2);
  } catch { /* without a list there is nothing to wait for */ }
}
