/** Where the assertions of B.11 find their values. */
import type { AssertionInput, SourceReader } from '../kit/assertions.ts';
import { jsonReader, numberReader, propertyReader, textReader } from '../kit/readers.ts';
import type { InspectedResponse } from './response.ts';
import { tlsRank } from './tlsVersions.ts';

export function readersOf(response: InspectedResponse): Record<string, SourceReader> {
  const { protocol, cipherSuite, resolvedIp, hostnameVerified, chainTrusted, ocspStapled, ocspStatus, daysUntilExpiry } = response;
  const certificate = propertyReader({ ...response.certificate, daysUntilExpiry });
  const connection = propertyReader({ cipherSuite, resolvedIp, hostnameVerified, chainTrusted, ocspStapled, ocspStatus });
  return {
    CERTIFICATE: (assertion) => asWritten(assertion, certificate),
    CONNECTION: (assertion) => (assertion.property === 'tlsVersion' ? { kind: 'value', value: protocol, rank: tlsRank } : connection(assertion)),
    RESPONSE_TIME: numberReader(response.handshakeTimeMs),
    JSON_RESPONSE: jsonReader(() => response),
    TEXT_RESPONSE: textReader(JSON.stringify(response)),
  };
}

const HEXADECIMAL: ReadonlySet<string> = new Set(['serialNumber', 'fingerprintSha256', 'issuerFingerprintSha256']);
const bare = (text: string): string => text.replace(/[\s:]/g, '').toLowerCase().replace(/^0+/, '');

/** Every tool writes long numbers its own way: with colons or without, in capitals or not. The same number is given as the target writes it. */
async function asWritten(assertion: AssertionInput, reader: SourceReader): ReturnType<typeof readOnce> {
  const reading = await readOnce(assertion, reader);
  const target = String(assertion.target);
  if (reading.kind !== 'value' || !HEXADECIMAL.has(assertion.property) || bare(String(reading.value)) !== bare(target)) return reading;
  return { kind: 'value', value: target };
}

const readOnce = async (assertion: AssertionInput, reader: SourceReader) => reader(assertion);
