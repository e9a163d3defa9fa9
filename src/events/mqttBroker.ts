/**
 * The event log as MQTT 3.1.1 over WebSocket, for the CLI (cli-wire 5).
 * Promises: a client sees its own account's suites and nothing else; each SUBSCRIBE replays the starts and ends of its
 * suite, since a clean session at QoS 0 loses what is published while it is away; nothing ends that has not been
 * announced as started. Never: takes a message from a client.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { messageTopic, suiteOfPattern, type MessageKind } from '../contract/messages.ts';
import type { Reads } from '../store/openStore.ts';
import type { EventLog, EventRecord } from './eventLog.ts';

export const MQTT_PATH = '/mqtt';
const MESSAGES: readonly string[] = ['run-start', 'result', 'error', 'stream-logs'] satisfies MessageKind[];
const REPLAYED: readonly string[] = ['run-start', 'result', 'error'] satisfies MessageKind[];
const MAX_PACKET_BYTES = 256 * 1024;
const NOT_AUTHORIZED = 5;

export interface BrokerDeps {
  events: EventLog;
  read: Reads;
  /** Whether the key opens the account: username and password of CONNECT. */
  authorize(accountId: string, key: string): Promise<boolean>;
  onError(error: unknown): void;
}

export interface MqttBroker { close(): Promise<void> }

const packetOf = (event: EventRecord, kind = event.kind, payload = event.payload): PublishPacket => ({
  cmd: 'publish', qos: 0, retain: false, dup: false, payload,
  topic: messageTopic(event.account_id, event.suite_id ?? '', event.sequence_id ?? '', event.run_id ?? '', kind),
});
const isMessage = (event: EventRecord) => event.sequence_id !== null && MESSAGES.includes(event.kind);
/** `resultType` is the payload's last key; a replayed ATTEMPT would be counted twice, so only what ends a check comes again. */
const isTerminal = (event: EventRecord) => event.kind === 'error' || event.payload.endsWith('"resultType":"FINAL"}');

/**
 * Events as the CLI needs them. It waits for a run-start of each check, and stays up to 20 s after its last result when
 * one is missing: what ends without having run (cancelled in the queue, not schedulable, lost) gets one before its end.
 * @param announced the sequences whose start has been told; the function adds to it.
 */
function packetsOf(events: readonly EventRecord[], announced: Set<string>): PublishPacket[] {
  return events.flatMap((event) => {
    const sequence = event.sequence_id ?? '';
    const missing = isTerminal(event) && !announced.has(sequence);
    if (missing || event.kind === 'run-start') announced.add(sequence);
    return missing ? [packetOf(event, 'run-start', '{}'), packetOf(event)] : [packetOf(event)];
  });
}

/**
 * Straight to the client, one after the other: the broker's own publish keeps no order between messages, and a FINAL
 * that overtakes its run-start makes the CLI stay for 20 s after its last line.
 */
function send(client: Client, packets: readonly PublishPacket[]): void {
  for (const packet of packets) client.publish(packet, () => { /* QoS 0: nobody waits */ });
}

/** Serves the upgrade requests of an HTTP server on MQTT_PATH and on `/`. */
export async function attachMqttBroker(server: Server, deps: BrokerDeps): Promise<MqttBroker> {
  const accounts = new WeakMap<Client, string>();
  const broker = new Aedes({
    authenticate(client, username, password, done) {
      const refused = Object.assign(new Error('Bad Token'), { returnCode: NOT_AUTHORIZED }) as AuthenticateError;
      deps.authorize(username ?? '', password?.toString() ?? '').then((allowed) => {
        if (allowed) accounts.set(client, username ?? '');
        done(allowed ? null : refused, allowed);
      }, () => done(refused, false));
    },
    authorizeSubscribe: (client, subscription, done) =>
      done(null, suiteOfPattern(subscription.topic, accounts.get(client) ?? '') === undefined ? null : { ...subscription, qos: 0 }),
    authorizePublish: (_client, _packet, done) => done(new Error('Clients do not publish here.')),
  });
  await broker.listen();
  followSuites(broker, accounts, deps);

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PACKET_BYTES, handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false) });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path !== MQTT_PATH && path !== '/') return socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const stream = createWebSocketStream(webSocket);
      stream.on('error', () => { /* the peer left in the middle; aedes hears of the close */ });
      broker.handle(stream, request);
    });
  };
  server.on('upgrade', upgrade);
  return {
    async close() {
      server.off('upgrade', upgrade);
      for (const webSocket of sockets.clients) webSocket.terminate();
      sockets.close();
      await new Promise<void>((resolve) => { broker.close(() => resolve()); });
    },
  };
}

/** One subscription to the log for each suite that somebody listens to, however many do. */
function followSuites(broker: Aedes, accounts: WeakMap<Client, string>, { events, read, onError }: BrokerDeps): void {
  const followed = new Map<string, { clients: Set<Client>; stop: () => void }>();
  const leave = (client: Client) => {
    for (const [key, suite] of followed) {
      if (!suite.clients.delete(client) || suite.clients.size > 0) continue;
      suite.stop();
      followed.delete(key);
    }
  };
  const replay = async (client: Client, accountId: string, suiteId: string) => {
    const sessions = await read.selectFrom('sessions').select('id').where('suite_id', '=', suiteId).where('account_id', '=', accountId).execute();
    for (const { id } of sessions) {
      const past = await read.selectFrom('events').selectAll().where('session_id', '=', id).where('kind', 'in', REPLAYED).orderBy('seq').execute();
      const wanted = past.filter((event) => event.kind === 'run-start' || isTerminal(event));
      send(client, packetsOf(wanted, new Set()));
    }
  };
  broker.on('subscribe', (subscriptions, client) => {
    const accountId = accounts.get(client) ?? '';
    for (const { topic } of subscriptions) {
      const suiteId = suiteOfPattern(topic, accountId);
      if (suiteId === undefined) continue;
      const key = `suite:${accountId}/${suiteId}` as const;
      const clients = followed.get(key)?.clients ?? new Set<Client>();
      if (!followed.has(key)) {
        const announced = new Set<string>();
        const stop = events.subscribe(key, (records) => {
          // A wake-up without events: some may have been missed while the line to the other servers was down.
          if (records.length === 0) for (const one of clients) replay(one, accountId, suiteId).catch(onError);
          const packets = packetsOf(records.filter(isMessage), announced);
          for (const one of clients) send(one, packets);
        });
        followed.set(key, { clients, stop });
      }
      clients.add(client);
      // Followed before the look back, so that nothing falls between; a FINAL that comes twice is dropped by the client.
      replay(client, accountId, suiteId).catch(onError);
    }
  });
  broker.on('unsubscribe', (_topics, client) => leave(client));
  broker.on('clientDisconnect', leave);
  broker.on('clientError', () => { /* a client's broken packet is the client's */ });
  broker.on('connectionError', () => { /* closed before CONNECT */ });
}
