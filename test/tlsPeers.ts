/** TLS servers of any age on loopback. Everything closes with its test. */
import { once } from 'node:events';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTls, type TlsOptions } from 'node:tls';

interface Closing { after(close: () => void): void }

/** `staple`: an OCSP answer in DER that is sent along. What is weak is allowed. */
export function serveTls(t: Closing, { staple, ...options }: TlsOptions & { staple?: Buffer }, host = '127.0.0.1'): Promise<number> {
  const server = createTls({ ciphers: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:ALL:COMPLEMENTOFALL:@SECLEVEL=0', minVersion: 'TLSv1', ...options });
  // What the other side makes of the handshake is looked at there.
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => { socket.on('error', () => {}); });
  if (staple) server.on('OCSPRequest', (_certificate: Buffer, _issuer: Buffer, give: (error: Error | null, answer: Buffer) => void) => { give(null, staple); });
  return listen(t, server, host);
}

/** A server that does with a connection whatever `behave` does. */
export function serveTcp(t: Closing, behave: (socket: Socket) => void): Promise<number> {
  return listen(t, createTcp((socket) => { socket.on('error', () => {}); behave(socket); }), '127.0.0.1');
}

async function listen(t: Closing, server: Server, host: string): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => { server.close(); for (const socket of open) socket.destroy(); });
  return (server.address() as AddressInfo).port;
}
