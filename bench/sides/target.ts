/** What the probes talk to: a small JSON answer over HTTP, and a port that accepts TCP connections. */
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { serveSide } from '../sideProcess.ts';

export interface TargetFacts { url: string; tcpPort: number }

const BODY = Buffer.from(JSON.stringify({ status: 'ok', version: '1.4.2', items: ['tea', 'coffee', 'milk'], stock: { tea: 12, coffee: 7, milk: 0 } }));

await serveSide(async () => {
  const web = createHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': BODY.length });
    response.end(BODY);
  });
  const tcp = createTcp((socket) => {
    socket.on('error', () => { /* probes leave without a word */ });
    socket.on('end', () => socket.end());
    socket.resume();
  });
  for (const server of [web, tcp]) {
    server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
    await once(server, 'listening');
  }
  const port = (server: typeof web | typeof tcp) => (server.address() as AddressInfo).port;
  return { facts: { url: `http://127.0.0.1:${port(web)}/`, tcpPort: port(tcp) } satisfies TargetFacts };
});
