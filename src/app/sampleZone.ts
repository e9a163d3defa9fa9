/**
 * The name server of the sample shop: the one authority for `shop.example.test`, over UDP and TCP on one loopback port.
 * Never: an answer about any other name (REFUSED), and never a stop because of what it is sent.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import packet, { type Answer, type Packet } from 'dns-packet';

const ZONE = 'shop.example.test';
const TTL = 300;

const RECORDS: readonly Answer[] = [
  { type: 'A', name: ZONE, ttl: TTL, data: '127.0.0.1' },
  { type: 'AAAA', name: ZONE, ttl: TTL, data: '::1' },
  { type: 'MX', name: ZONE, ttl: TTL, data: { preference: 10, exchange: `mail.${ZONE}` } },
  { type: 'NS', name: ZONE, ttl: TTL, data: `ns.${ZONE}` },
  { type: 'TXT', name: ZONE, ttl: TTL, data: 'v=spf1 mx -all' },
  {
    type: 'SOA', name: ZONE, ttl: TTL,
    data: { mname: `ns.${ZONE}`, rname: `hostmaster.${ZONE}`, serial: 1, refresh: 3600, retry: 600, expire: 86400, minimum: 60 },
  },
  { type: 'CNAME', name: `www.${ZONE}`, ttl: TTL, data: ZONE },
  { type: 'A', name: `mail.${ZONE}`, ttl: TTL, data: '127.0.0.1' },
  { type: 'A', name: `ns.${ZONE}`, ttl: TTL, data: '127.0.0.1' },
];

const NXDOMAIN = 3;
const REFUSED = 5;

/** The records for a name and type, an alias followed to its end. */
function find(name: string, type: string): Answer[] {
  const own = RECORDS.filter((record) => record.name === name);
  const alias = own.find((record) => record.type === 'CNAME');
  if (alias?.type === 'CNAME' && type !== 'CNAME') return [alias, ...find(alias.data, type)];
  return own.filter((record) => record.type === type);
}

/** The answer to a query, or null when it is none. */
function answerTo(bytes: Buffer): Buffer | null {
  let query: Packet;
  try {
    query = packet.decode(bytes);
  } catch {
    return null;
  }
  const [question] = query.questions ?? [];
  if (query.type !== 'query' || !question) return null;
  const name = question.name.toLowerCase();
  const ours = name === ZONE || name.endsWith(`.${ZONE}`);
  const known = RECORDS.some((record) => record.name === name);
  const code = known ? 0 : ours ? NXDOMAIN : REFUSED;
  const recursion = (query.flags ?? 0) & packet.RECURSION_DESIRED;
  return packet.encode({
    type: 'response', id: query.id, flags: packet.AUTHORITATIVE_ANSWER | recursion | code,
    questions: [question], answers: find(name, question.type).map((record) => ({ ...record })),
  });
}

function answerStream(socket: Socket): void {
  let received = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const answer = answerTo(received.subarray(2, end));
      received = received.subarray(end);
      if (answer === null) return socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    }
  });
}

/** One port number for both protocols; the one that is free for TCP may be taken for UDP, so it is tried again. */
async function bindBoth(udp: () => UdpSocket, tcp: Server): Promise<{ port: number; udp: UdpSocket }> {
  for (let tries = 1; ; tries++) {
    const socket = udp();
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    try {
      tcp.listen(port, '127.0.0.1');
      await once(tcp, 'listening');
      return { port, udp: socket };
    } catch (error) {
      socket.close();
      if (tries === 10) throw error;
    }
  }
}

/** Starts the name server on a free loopback port. */
export async function startSampleZone(): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    answerStream(socket);
  });
  const open = () => createSocket('udp4').on('message', function (this: UdpSocket, bytes, client) {
    const answer = answerTo(bytes);
    if (answer) this.send(answer, client.port, client.address, () => { /* a client that is gone misses nothing */ });
  });
  const { port, udp } = await bindBoth(open, tcp);
  return {
    port,
    async close() {
      const closed = [once(tcp, 'close'), once(udp, 'close')];
      tcp.close();
      for (const socket of sockets) socket.destroy();
      udp.close();
      await Promise.all(closed);
    },
  };
}
