/** What there is to know of a run that passed, and why one is degraded. Pure; decides no verdict, only words one. */
import { entryOf, fieldsOf, known, listOf, logLines, numberOf, textOf, type Fields } from './fields.ts';
import { limitInLog, lostPackets, rulesTold } from './failureSentence.ts';
import { faultSentence, requestErrorSentence } from './networkSentence.ts';
import { brief, clause, counted, duration, numeral, sentence } from './phrases.ts';
import { errorGist, passedTestsSentence } from './testsSentence.ts';

export interface Passed { checkType: string; responseTime?: number | null | undefined; attempts: number; resultType?: string | undefined }

export function passedSentence(result: Passed, detail: Fields): string {
  const fault = acceptedFault(detail);
  if (fault !== null) return `${clause(fault)}, which this check accepts.`;
  const facts = clause(passedTestsSentence(detail, result.responseTime ?? null) ?? answerOf(result, detail));
  const held = listOf(detail['assertions']).length;
  const assertions = held === 0 ? '' : held === 1 ? '; its assertion held' : held === 2 ? '; both assertions held' : `; all ${numeral(held)} assertions held`;
  const again = result.resultType === 'FINAL' && result.attempts > 1 ? `, on attempt ${numeral(result.attempts)}` : '';
  return `${facts}${again}${assertions}.`;
}

/** A failure that the check is there to see (`shouldFail`, B.4). */
function acceptedFault(detail: Fields): string | null {
  const [requestError, fault] = [textOf(detail['requestError']), faultSentence(fieldsOf(fieldsOf(detail['response'])['error']))];
  if (requestError !== '') return requestErrorSentence(requestError);
  // Pings that came back all the same have passed by themselves.
  return fault !== '' && numberOf(fieldsOf(detail['response'])['packetsReceived']) === null ? fault : null;
}

/** What the target answered, as its type has it. */
function answerOf({ checkType, responseTime }: Passed, detail: Fields): string {
  const response = fieldsOf(detail['response']);
  const time = typeof responseTime === 'number' ? ` in ${duration(responseTime)}` : '';
  const status = numberOf(response['status']);
  if (status !== null) return `Answered with ${status} ${brief(textOf(response['statusText']).replace(/^\d+ /, ''))}`.trimEnd() + time;
  return (entryOf(ANSWERS, checkType)?.(detail, response, time) ?? '') || `The check passed${time}`;
}

const size = (text: string): number => new TextEncoder().encode(text).length;

const ANSWERS: Readonly<Record<string, (detail: Fields, response: Fields, time: string) => string>> = {
  TCP: (_, response, time) => `Connected${time}${textOf(response['data']) === '' ? '' : ` and received ${counted(size(textOf(response['data'])), 'byte')}`}`,
  DNS: (detail, response, time) => {
    const records = Array.isArray(response['Answer']) ? response['Answer'] : Array.isArray(response['answers']) ? response['answers'] : null;
    const [query, code] = [fieldsOf(detail['request']), textOf(response['returnCode'])];
    return !/^[A-Z0-9_]+$/.test(code) ? '' : `${code} for ${textOf(query['recordType'])} ${brief(textOf(query['query']))}${records === null ? '' : ` with ${counted(records.length, 'record')}`}${time}`;
  },
  ICMP: (_, response) => {
    const [sent, received] = [numberOf(response['packetsSent']), numberOf(response['packetsReceived'])];
    if (sent === null || received === null) return '';
    const average = numberOf(fieldsOf(response['latency'])['avg']);
    return `${numeral(received)} of ${counted(sent, 'ping')} came back${received === 0 || average === null ? '' : `, on average after ${duration(average)}`}`;
  },
  TRACEROUTE: (detail, _, time) => (known(detail, 'destinationReached') === true ? `Reached in ${counted(numberOf(known(detail, 'totalHops')) ?? 0, 'hop')}, answered${time}` : 'The destination was not reached, which this check accepts'),
  SSL: (detail, _, time) => {
    const left = numberOf(known(detail, 'daysUntilExpiry'));
    return `${textOf(detail['tlsVersion']) || 'TLS'} agreed${time}${left === null ? '' : `; the certificate is valid for ${counted(left, 'more day')}`}`;
  },
  GRPC: (detail, _, time) => {
    const [status, health] = [numberOf(known(detail, 'grpcStatusCode')), textOf(known(detail, 'healthStatusLabel'))];
    return status === null ? '' : `${textOf(known(detail, 'grpcMethod')) || 'The call'} ended with the gRPC status ${status}${status === 0 ? ' (OK)' : ''}${time}${health === '' ? '' : `; its health is ${health}`}`;
  },
};

const MARKED = /^Marked as degraded(?:: (.+)|\.)$/s;

/** Why it is degraded: what has passed all the same. */
export function degradedSentence(result: Passed, detail: Fields): string {
  return tooSlow(result, detail) ?? markedByScript(detail) ?? nearExpiry(detail) ?? weakRule(detail) ?? lostPackets(detail) ?? 'It passed, and the server counts it as degraded.';
}

function tooSlow({ responseTime }: Passed, detail: Fields): string | null {
  const set = numberOf(detail['degradedResponseTime']);
  const limit = limitInLog(detail, 'degraded limit') ?? (set !== null && typeof responseTime === 'number' && responseTime > set ? set : null);
  if (limit === null || typeof responseTime !== 'number') return null;
  return `It took ${duration(responseTime)}; more than the degraded limit of ${duration(limit)}.`;
}

function markedByScript(detail: Fields): string | null {
  const [marked] = logLines(detail).flatMap(({ level, msg }) => { const found = level === 'WARN' ? MARKED.exec(msg) : null; return found ? [found] : []; });
  if (!marked) return null;
  const error = listOf(detail['errors']).map(({ message }) => textOf(message)).find((message) => message !== '');
  const why = marked[1] === undefined ? '' : `: ${clause(marked[1])}`;
  return sentence(`The script has marked it as degraded${why}${error === undefined ? '' : ` (${errorGist(error)})`}`);
}

function nearExpiry(detail: Fields): string | null {
  const [left, wanted] = [numberOf(known(detail, 'daysUntilExpiry')), numberOf(fieldsOf(detail['request'])['alertDaysBeforeExpiry'])];
  if (left === null || wanted === null || left < 0 || left >= wanted) return null;
  return `The certificate expires in ${counted(left, 'day')}; the check wants ${counted(wanted, 'day')} at least.`;
}

function weakRule(detail: Fields): string | null {
  const told = rulesTold(detail, 'WARN')[0];
  return told === undefined ? null : sentence(`The security baseline is not met: ${clause(told)}`);
}
