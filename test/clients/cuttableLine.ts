/** A TCP line to a server on loopback that a test can cut and restore. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttableLine extends AsyncDisposable {
  port: number;
  /** Breaks what is connected; who connects from now on is hung up on. */
  cut(): void;
  restore(): void;
}

export async function startCuttableLine(port: number): Promise<CuttableLine> {
  const open = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    return socket;
  };
  const hangUp = () => { for (const socket of open) socket.destroy(); };
  const server = createServer((client) => {
    keep(client);
    if (isCut) return client.destroy();
    const upstream = keep(connect(port, '127.0.0.1'));
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut() { isCut = true; hangUp(); },
    restore() { isCut = false; },
    async [Symbol.asyncDispose]() {
      server.close();
      hangUp();
      await once(server, 'close');
    },
  };
}
