/** A line to a server that can be cut as networks are: whatever goes over it breaks off, and nobody gets through until it is mended. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Line extends AsyncDisposable {
  /** The server, by way of this line. */
  url: string;
  /** Resolves when somebody has tried in vain. */
  cut(): Promise<void>;
  mend(): void;
}

/** @param server where it leads. */
export async function openLine(server: string): Promise<Line> {
  const { port, hostname } = new URL(server);
  const sockets = new Set<Socket>();
  let refused: (() => void) | null = null;
  let broken = false;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => { sockets.delete(socket); });
  };
  const line = createServer((near) => {
    if (broken) {
      near.destroy();
      refused?.();
      return;
    }
    const far = keep(connect(Number(port), hostname));
    keep(near).pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(line, 'listening');
  return {
    url: `http://127.0.0.1:${(line.address() as AddressInfo).port}`,
    cut() {
      broken = true;
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => { refused = resolve; });
    },
    mend() { broken = false; },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      line.close();
    },
  };
}
