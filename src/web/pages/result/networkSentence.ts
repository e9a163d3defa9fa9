/** Why no answer came, as a person would say it (B.8). Pure: codes are the system's, words are ours; what has no word here is told as it came. */
import { entryOf, numberOf, textOf, type Fields } from './fields.ts';
import { clause, sentence } from './phrases.ts';

const WORDS: Readonly<Record<string, (place: string) => string>> = {
  ECONNREFUSED: (place) => `the connection${to(place)} was refused`,
  ECONNRESET: (place) => `the connection${to(place)} was reset by the other side`,
  ECONNABORTED: (place) => `the connection${to(place)} was broken off`,
  EPIPE: (place) => `the connection${to(place)} was closed while the request was being sent`,
  ENOTFOUND: (place) => `the name ${place || 'of the target'} could not be resolved: it has no address`,
  EAI_AGAIN: (place) => `the name ${place || 'of the target'} could not be resolved: no name server answered`,
  ENODATA: (place) => `the name ${place || 'of the target'} has no address of this family`,
  EHOSTUNREACH: (place) => `there is no way to the host${place && ` ${place}`}`,
  ENETUNREACH: (place) => `there is no way to the network of ${place || 'the target'}`,
  ETIMEDOUT: (place) => `the connection${to(place)} timed out`,
  ESOCKETTIMEDOUT: () => 'no whole answer came within the time limit of the request',
  'socket hang up': (place) => `the connection${to(place)} was closed before the answer was complete`,
};
const to = (place: string): string => (place === '' ? '' : ` to ${place}`);

/** Their messages are sentences about what happened, made by the probes. */
const TOLD: ReadonlySet<string> = new Set(['SOCKET_TIMEOUT', 'EACCES', 'ERR_INVALID_IP_ADDRESS']);

/** `connect ECONNREFUSED 127.0.0.1:1`, `getaddrinfo ENOTFOUND shop.invalid`, `read ECONNRESET`. */
const SYSTEM = /^(?:[a-z]+ )?(E[A-Z_]{3,})(?: (\S+))?$/;
const CERTIFICATE = /\bcertificate\b|\baltnames\b/i;

/** Of a request that ended with this message alone. */
export function requestErrorSentence(message: string): string {
  const [, code = message, place = ''] = SYSTEM.exec(message) ?? [];
  const words = entryOf(WORDS, code);
  if (words) return sentence(words(place));
  return CERTIFICATE.test(message) && !/^[A-Z]/.test(message) ? sentence(`the certificate of the target was not accepted: ${clause(message)}`) : sentence(message);
}

/** Of a connection that failed, with what is known of it. */
export function faultSentence(error: Fields): string {
  const [code, message, port] = [textOf(error['code']), textOf(error['message']), numberOf(error['port'])];
  if (code === '' && message === '') return '';
  const host = textOf(error['hostname']) || textOf(error['address']);
  const words = TOLD.has(code) ? undefined : entryOf(WORDS, code);
  // A name that is not known is told without its port.
  const place = host === '' ? '' : port === null || code === 'ENOTFOUND' ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  // Messages in words of our probes say more than the code: which router refused, what took too long.
  return words && (message === '' || message.includes(code)) ? sentence(words(place)) : sentence(message || code);
}
