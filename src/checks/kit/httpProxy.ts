/** The HTTP(S) proxy of a location (H.4): its address, and the tunnel that CONNECT opens through it. */
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { basicAuthorization } from './basicAuthorization.ts';

export interface Proxy {
  url: URL;
  port: number;
  /** Value of `Proxy-Authorization`, from the user and password in the address; null without. */
  authorization: string | null;
}

/** Reads a location's proxy address; null for none. Throws an Error with a sentence when it is no http(s) URL. */
export function proxyFrom(proxyUrl: string | null): Proxy | null {
  if (proxyUrl === null || proxyUrl.trim() === '') return null;
  const url = URL.parse(proxyUrl.trim());
  if (!url || !/^https?:$/.test(url.protocol)) {
    // The address itself may hold a password: it is not repeated.
    throw new Error('The proxy URL of this location is not a valid http:// or https:// URL.');
  }
  return { url, port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)), authorization: basicAuthorization(url) };
}

/**
 * Asks the proxy at the other end of `socket` for a tunnel to `authority` (`host:port`). Resolves when the proxy has agreed;
 * from then on `socket` is the tunnel. Rejects when it refuses, with its status in the message.
 */
export function openTunnel(socket: Duplex, authority: string, proxy: Proxy): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = ['Host', authority];
    if (proxy.authorization) headers.push('Proxy-Authorization', proxy.authorization);
    const asked = request({ method: 'CONNECT', path: authority, headers, createConnection: () => socket });
    asked.once('connect', (answer, _socket, head) => {
      if (head.length > 0) socket.unshift(head);
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) resolve();
      else reject(new Error(`the proxy answered CONNECT ${authority} with ${status} ${answer.statusMessage ?? ''}`.trim()));
    });
    asked.on('error', reject);
    asked.once('close', () => reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })));
    asked.end();
  });
}
