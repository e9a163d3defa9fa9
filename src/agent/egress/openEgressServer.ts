/**
 * The only way out of a sandbox that has a network of its own: a Unix socket, at which a job asks for connections.
 * Promises: each name is resolved here, once; every address is judged, and exactly a judged one is connected to; who asks is told
 * the true reason of a failure; nothing that is written to the socket does this process harm.
 * Never: a connection before a policy is there; anything of one job for another.
 *
 * A client writes one line of JSON, `{"connect":{"host","port"}}` or `{"lookup":{"host","family"}}`, and gets one back: `{"ok":…}` or
 * `{"error":…}`. After the `ok` of a connect the bytes are those of the target.
 */
import { chmod, chown } from 'node:fs/promises';
import { connect, createServer, isIP, type Server, type Socket } from 'node:net';
import { captureSocket, type Capture } from '../../checks/kit/capture.ts';
import { describeNetworkError, type NetworkFault } from '../../checks/kit/dial.ts';
import { DENIED, plainHost, type SandboxEgress } from '../../checks/kit/egress.ts';
import type { EgressFailure } from '../../checks/kit/trueReasons.ts';
import { lookUpAll, type Address } from './lookUpAll.ts';

export interface EgressServer {
  /** Connections that could not be made, the oldest first. */
  readonly failures: readonly EgressFailure[];
  /** From now on these rules hold. */
  admit(egress: SandboxEgress): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

interface Target { host: string; port: number; family: 0 | 4 | 6 }
type Question = { kind: 'connect'; target: Target } | { kind: 'lookup'; target: Target };
type Found = { addresses: Address[] } | { error: NetworkFault };

/** Connections of one job at a time. */
const CONNECTIONS = 256;
const LINE_LIMIT = 2_048;
/** ms for the question. */
const ASK_MS = 10_000;
const FAILURES = 1_000;
const DENIALS_TOLD = 100;
const REMEMBERED = 2_000;
/** Lookups of one job at a time: the system has few threads for those of all. */
const LOOKUPS = 2;

/** Listens at `path`. @param uid who may connect; null: the agent's own user. `lookUp`: the system's, unless a test has names of its own. Rejects when it cannot. */
export async function openEgressServer(path: string, uid: number | null, lookUp: typeof lookUpAll = lookUpAll): Promise<EgressServer> {
  const way = createWayOut(inTurn(lookUp, LOOKUPS));
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    client.on('error', () => client.destroy());
    open.add(client);
    client.once('close', () => open.delete(client));
    answer(client, way, open).catch(() => client.destroy());
  });
  server.maxConnections = CONNECTIONS;
  await listening(server, path);
  await chmod(path, 0o600);
  if (uid !== null) await chown(path, uid, uid);
  return {
    failures: way.failures, admit: way.admit,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    }),
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      // Running out of files, for one, is no reason to end.
      server.on('error', () => {});
      resolve();
    });
  });
}

async function answer(client: Socket, way: WayOut, open: Set<Socket>): Promise<void> {
  const line = await firstLine(client);
  const question = line === null ? null : questionIn(line);
  if (question === null) return void client.destroy();
  const say = (value: object) => client.write(`${JSON.stringify(value)}\n`);
  const found = await way.resolve(question);
  if ('error' in found) {
    say({ error: found.error });
    return void client.end();
  }
  if (question.kind === 'lookup') {
    say({ ok: { addresses: found.addresses } });
    return void client.end();
  }
  const target = connectTo(question.target, found.addresses);
  captureSocket(way.capture(), target);
  open.add(target);
  target.once('close', () => open.delete(target));
  // Who asked and has gone does not wait for an answer.
  const abandon = () => target.destroy();
  client.once('close', abandon);
  target.once('error', (error) => {
    if (client.destroyed || !target.connecting && target.bytesRead > 0) return void client.destroy();
    const fault = describeNetworkError(error);
    way.fail(question.target, fault.code, fault.message);
    say({ error: fault });
    client.end();
  });
  target.once('connect', () => {
    const { remoteAddress = '', remotePort = 0 } = target;
    target.removeAllListeners('error').on('error', () => client.destroy());
    target.once('close', () => { if (!target.readableEnded) client.destroy(); });
    say({ ok: { address: remoteAddress, port: remotePort } });
    client.pipe(target).pipe(client);
  });
}

/** Only to addresses that were judged: the name is not looked up again. */
function connectTo({ host, port }: Target, addresses: readonly Address[]): Socket {
  const [first = { address: host, family: 4 as const }] = addresses;
  if (addresses.length === 1) return connect({ host: first.address, port, allowHalfOpen: true, noDelay: true });
  return connect({
    host, port, allowHalfOpen: true, noDelay: true, autoSelectFamily: true,
    // Later than this call, so that the first attempt is heard of like the others.
    lookup: (_host, options, callback) => process.nextTick(() => (options.all ? callback(null, [...addresses]) : callback(null, first.address, first.family))),
  });
}

/** Null when there is none of a sensible length in time. What follows it stays in the stream, which is paused. */
function firstLine(client: Socket): Promise<string | null> {
  return new Promise((resolve) => {
    let read = Buffer.alloc(0);
    const done = (line: string | null) => {
      clearTimeout(timer);
      client.off('data', take).off('end', giveUp).off('close', giveUp);
      client.pause();
      resolve(line);
    };
    const giveUp = () => done(null);
    const take = (bytes: Buffer) => {
      read = Buffer.concat([read, bytes]);
      const end = read.indexOf(10);
      if (end < 0) return read.length > LINE_LIMIT ? giveUp() : undefined;
      done(end > LINE_LIMIT ? null : read.subarray(0, end).toString('utf8'));
      if (end + 1 < read.length) client.unshift(read.subarray(end + 1));
    };
    const timer = setTimeout(giveUp, ASK_MS);
    client.on('data', take).once('end', giveUp).once('close', giveUp);
    client.resume();
  });
}

/** Whoever wrote it may be hostile. Null when it is no question. */
function questionIn(line: string): Question | null {
  let said: { connect?: unknown; lookup?: unknown };
  try {
    said = (JSON.parse(line) ?? {}) as typeof said;
  } catch {
    return null;
  }
  const kind = 'connect' in said ? 'connect' : 'lookup';
  const { host, port = 0, family = 0 } = (said[kind] ?? {}) as { host?: unknown; port?: unknown; family?: unknown };
  if (typeof host !== 'string' || host.length < 1 || host.length > 255 || !/^[^\s\0/\\@]+$/.test(host)) return null;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < (kind === 'connect' ? 1 : 0) || port > 65_535) return null;
  return { kind, target: { host: plainHost(host), port, family: family === 4 || family === 6 ? family : 0 } };
}

/** The same function, for so many callers at a time; the others wait in line. */
function inTurn(lookUp: typeof lookUpAll, atATime: number): typeof lookUpAll {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (host, family) => {
    if (busy >= atATime) await new Promise<void>((resolve) => { waiting.push(resolve); });
    else busy += 1;
    try {
      return await lookUp(host, family);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else busy -= 1;
    }
  };
}

interface WayOut {
  failures: EgressFailure[];
  capture(): Capture | undefined;
  admit(egress: SandboxEgress): void;
  /** The addresses that may be reached; at least one. */
  resolve(question: Question): Promise<Found>;
  fail(target: Target, code: string, says: string): void;
}

function createWayOut(lookUp: typeof lookUpAll): WayOut {
  let egress: SandboxEgress | null = null;
  const failures: EgressFailure[] = [];
  const told = new Set<string>();
  // Programs that look a name up themselves come back with an address: it keeps the name that it was handed out for.
  const names = new Map<string, string>();
  const fail = ({ host, port }: Target, code: string, says: string) => {
    if (failures.length < FAILURES) failures.push({ host, port, code, says });
  };
  const deny = (question: Question, sentence: string): Found => {
    if (question.kind === 'connect') fail(question.target, DENIED, sentence);
    if (!told.has(sentence) && told.size < DENIALS_TOLD) {
      told.add(sentence);
      egress?.onDenied(sentence);
    }
    const { host, port } = question.target;
    return { error: { code: DENIED, message: sentence, ...(question.kind === 'connect' ? { syscall: 'connect', address: host, port } : { syscall: 'getaddrinfo', hostname: host }) } };
  };
  return {
    failures, fail,
    capture: () => egress?.capture,
    admit: (given) => { egress = given; },
    async resolve(question) {
      const { kind, target: { host, family } } = question;
      const port = kind === 'connect' ? question.target.port : null;
      if (egress === null) return deny(question, `Connection to ${host} denied: this command has no job yet, so nothing may be reached.`);
      const { policy } = egress;
      const name = isIP(host) ? names.get(host) ?? host : host;
      const early = policy.beforeLookup(name, port);
      if (early !== null) return deny(question, early);
      const found: Found = isIP(host) ? { addresses: [{ address: host, family: isIP(host) === 6 ? 6 : 4 }] } : await lookUp(host, family);
      if ('error' in found) {
        if (kind === 'connect') fail(question.target, found.error.code, found.error.message);
        return found;
      }
      const judged = found.addresses.map((one) => ({ ...one, sentence: policy.atAddress(name, port, one.address) }));
      const allowed = judged.filter(({ sentence }) => sentence === null).map(({ address, family: is }) => ({ address, family: is }));
      if (allowed.length === 0) return deny(question, judged[0]?.sentence ?? `Connection to ${host} denied.`);
      if (kind === 'lookup' && names.size < REMEMBERED) for (const { address } of allowed) names.set(address, host);
      return { addresses: allowed };
    },
  };
}
