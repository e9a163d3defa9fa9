/**
 * The TLS context of an inspection: it takes what a browser would refuse, so that old versions, short keys and weak ciphers are seen
 * and told instead of ending as a failed handshake.
 * Promises: strong ciphers are offered first, so that a peer that can do better does.
 * Never: a judgement; trust is asked of it and judged elsewhere.
 */
import { constants } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { ClientCertificate } from '../../protocol/assignment.ts';
import { contextOptionsOf } from '../kit/clientCertificate.ts';

/** Without encryption last, without a certificate never: there would be nothing to look at. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256',
  'ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:ALL:COMPLEMENTOFALL:+kRSA:+eNULL:!aNULL:!PSK:!SRP:@SECLEVEL=0',
].join(':');

const OPTIONS = {
  ciphers: CIPHERS, minVersion: 'TLSv1', maxVersion: 'TLSv1.3',
  // Peers from before 2010 know no secure renegotiation; nothing is ever negotiated a second time here.
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
} as const;

/** Reading the authorities that are trusted takes longer than a handshake; made anew when they change. */
let plain: { context: SecureContext; trusted: unknown } | undefined;

/** @throws what OpenSSL says of a client certificate that cannot be used. */
export function inspectingContext(certificate: ClientCertificate | null): SecureContext {
  if (certificate) return createSecureContext({ ...OPTIONS, ...contextOptionsOf(certificate) });
  const trusted = getCACertificates('default');
  if (plain?.trusted !== trusted) plain = { context: createSecureContext(OPTIONS), trusted };
  return plain.context;
}
