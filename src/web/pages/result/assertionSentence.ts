/** A failed assertion as a person would say it: what was there, then what was expected (B.5). Pure. */
import { entryOf, textOf, type Fields } from './fields.ts';
import { brief, duration, numeral, sentence, shown } from './phrases.ts';

/** After "it should". */
const PHRASES: Readonly<Record<string, string>> = {
  NOT_EQUALS: 'not be', GREATER_THAN: 'be greater than', LESS_THAN: 'be less than', CONTAINS: 'contain', NOT_CONTAINS: 'not contain',
  IS_EMPTY: 'be empty', NOT_EMPTY: 'not be empty', IS_NULL: 'be null', NOT_NULL: 'not be null', HAS_KEY: 'have the key', NOT_HAS_KEY: 'not have the key',
  HAS_VALUE: 'have the value', NOT_HAS_VALUE: 'not have the value',
};
const WITHOUT_TARGET: ReadonlySet<string> = new Set(['IS_EMPTY', 'NOT_EMPTY', 'IS_NULL', 'NOT_NULL']);
/** Compared as a name, not as a text that is quoted. */
const WORDS: ReadonlySet<string> = new Set(['RESPONSE_CODE']);

const SUBJECTS: Readonly<Record<string, (property: string) => string>> = {
  STATUS_CODE: () => 'the status code', RESPONSE_TIME: (property) => (property === '' ? 'the response time' : `the response time (${property})`),
  HEADERS: (property) => `the header ${property}`, TEXT_BODY: (property) => (property === '' ? 'the body' : `what ${property} matches in the body`),
  JSON_BODY: (property) => `${property} of the body`, RESPONSE_DATA: (property) => (property === '' ? 'the received data' : `what ${property} matches in the received data`),
  RESPONSE_CODE: () => 'the return code', TEXT_ANSWER: () => 'the answer', JSON_ANSWER: (property) => `${property} of the answer`,
  LATENCY: (property) => `the latency (${property})`, JSON_RESPONSE: (property) => `${property} of the response`, TEXT_RESPONSE: () => 'the response',
  HOP_COUNT: () => 'the number of hops', PACKET_LOSS: () => 'the packet loss', GRPC_STATUS_CODE: () => 'the gRPC status', GRPC_HEALTHCHECK_STATUS: () => 'the health status',
  GRPC_RESPONSE: (property) => `${property} of the response`, GRPC_METADATA: (property) => `the metadata ${property}`,
  CERTIFICATE: (property) => `${property} of the certificate`, CONNECTION: (property) => `${property} of the connection`,
};
const UNITS: Readonly<Record<string, (value: number) => string>> = { RESPONSE_TIME: duration, LATENCY: duration, PACKET_LOSS: (value) => `${numeral(value)} %` };

/** One of a list that a path found, or a target that cannot be compared: said at the end of the engine's own sentence. */
const REMARK = /received (?:"(.*)"|nothing) \((value \d+ of \d+)?(?:: )?([^()]*)\)\.$/s;

const asNumber = (value: unknown): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
};

function valueOf(source: string, value: unknown): string {
  const number = asNumber(value);
  if (number !== null) return entryOf(UNITS, source)?.(number) ?? String(value);
  return WORDS.has(source) && typeof value === 'string' ? brief(value) : shown(value);
}

/** @param assertion one whose `error` is a text. */
export function assertionSentence(assertion: Fields): string {
  const error = textOf(assertion['error']);
  if (!error.startsWith('Expected ')) return sentence(error);
  const [source, comparison] = [textOf(assertion['source']), textOf(assertion['comparison'])];
  const subject = entryOf(SUBJECTS, source)?.(brief(textOf(assertion['property']), 60)) ?? source.toLowerCase().replaceAll('_', ' ');
  const [, part, place, why] = REMARK.exec(error) ?? [];
  const actual = part ?? assertion['actual'];
  const remark = place ? ` (${place})` : '';
  const was = actual === undefined ? 'was not there' : `was ${valueOf(source, actual)}${remark}`;
  const target = valueOf(source, assertion['target']);
  const wanted = comparison === 'EQUALS' ? `${target} was expected`
    : `it should ${entryOf(PHRASES, comparison) ?? comparison.toLowerCase().replaceAll('_', ' ')}${WITHOUT_TARGET.has(comparison) ? '' : ` ${target}`}`;
  return sentence(`${subject} ${was}; ${wanted}${why ? ` (${why})` : ''}`);
}

export const failedAssertions = (assertions: readonly Fields[]): readonly Fields[] => assertions.filter(({ error, passed }) => textOf(error) !== '' || passed === false);
