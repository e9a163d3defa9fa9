/**
 * Makes sure that everything up to now has been read: datagrams from this process to itself, which the capture sees like any packet.
 * As many as fill up the block that the kernel is about to hand over (256 KB), and the next one: nothing waits for a clock.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readPacket } from './readPacket.ts';

export interface Marker {
  /** Whether a packet is one of ours; tells those who wait for it. */
  take(bytes: Buffer, at: number, end: number): boolean;
  /** Resolves when everything that was captured before this call has been read; rejects with a sentence after `ms`, or on `end`. */
  pass(ms: number): Promise<void>;
  /** Sends a mark that nobody waits for: while nothing captures yet, marks are lost, and any later one proves the earlier ones. */
  knock(ms: number): void;
  /** No mark will come any more. */
  end(why: string): void;
}

const DATAGRAMS = 6;
const DATAGRAM_BYTES = 65_000;
const LOOPBACK = '127.0.0.1';

interface Waiting { resolve(): void; reject(why: string): void }

export async function openMarker(): Promise<Marker> {
  // Nobody reads them: what does not fit is dropped, after it was captured.
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4_096 });
  socket.on('error', () => {});
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  const { port } = socket.address();
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const send = (ms: number): Promise<void> => {
    const number = last += 1;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => waiting.get(number)?.reject(`its packets did not arrive within ${ms / 1000} s`), ms);
    const done = () => {
      clearTimeout(timer);
      waiting.delete(number);
    };
    waiting.set(number, { resolve: () => { done(); resolve(); }, reject: (why) => { done(); reject(new Error(why)); } });
    const payload = Buffer.alloc(DATAGRAM_BYTES);
    payload.writeUInt32LE(number);
    for (let sent = 0; sent < DATAGRAMS; sent++) socket.send(payload, port, LOOPBACK, () => {});
    return promise;
  };
  let underWay: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let over: string | null = null;
  const begin = (ms: number): Promise<void> => underWay = send(ms).finally(() => { underWay = null; });
  return {
    take(bytes, at, end) {
      // The cheapest thing first: hardly a packet of others is so long.
      if (end - at < DATAGRAM_BYTES) return false;
      const packet = readPacket(bytes, at, end);
      if (packet?.ports?.source !== port || packet.ports.destination !== port) return false;
      // Behind 20 bytes of IP and 8 of UDP.
      const seen = bytes.readUInt32LE(at + 28);
      for (const [number, { resolve }] of waiting) if (number <= seen) resolve();
      return true;
    },
    async pass(ms) {
      if (over !== null) throw new Error(over);
      if (underWay === null) return begin(ms);
      // The one under way began too early for this caller; the next one will do for all who come meanwhile.
      return next ??= underWay.catch(() => {}).then(() => {
        next = null;
        if (over !== null) throw new Error(over);
        return begin(ms);
      });
    },
    knock: (ms) => { send(ms).catch(() => {}); },
    end(why) {
      over = why;
      for (const { reject } of waiting.values()) reject(why);
      socket.close();
    },
  };
}
