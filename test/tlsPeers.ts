/** TLS servers of any age on loopback. */
import { createServer, type TlsOptions } from 'node:tls';
import { listen, type Closing } from './httpTargets.ts';

/** `staple`: an OCSP answer in DER that is sent along. What is weak is allowed. Answers with the port. */
export async function serveTls(t: Closing, { staple, ...options }: TlsOptions & { staple?: Buffer }): Promise<number> {
  const server = createServer({ ciphers: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:ALL:COMPLEMENTOFALL:@SECLEVEL=0', minVersion: 'TLSv1', ...options });
  // What the other side makes of the handshake is looked at there.
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => { socket.on('error', () => {}); });
  if (staple) server.on('OCSPRequest', (_certificate: Buffer, _issuer: Buffer, give: (error: Error | null, answer: Buffer) => void) => { give(null, staple); });
  return (await listen(t, server, 'tls', '127.0.0.1')).port;
}
