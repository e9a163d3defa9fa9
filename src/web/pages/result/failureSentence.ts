/** Why a run failed, out of what it left (B.3 to B.12, C.7): what explains the rest comes first. Pure; decides no verdict, only words one. */
import { assertionSentence, failedAssertions } from './assertionSentence.ts';
import { entryOf, fieldsOf, known, listOf, logLines, numberOf, textOf, type Fields } from './fields.ts';
import { faultSentence, requestErrorSentence } from './networkSentence.ts';
import { brief, clause, counted, duration, numeral, sentence } from './phrases.ts';
import { failedTestsSentence } from './testsSentence.ts';

export interface Failed { overMaxResponseTime: boolean; responseTime?: number | null | undefined }

/** @param flags of a result whose `hasFailures` is set. */
export function failureSentence(flags: Failed, detail: Fields): string {
  return unanswered(detail) ?? failedTestsSentence(detail) ?? scriptError(detail) ?? judged(detail) ?? tooSlow(flags, detail) ?? lostPackets(detail) ?? 'The check failed.';
}

/** No answer, or none that could be judged. */
function unanswered(detail: Fields): string | null {
  const requestError = textOf(detail['requestError']);
  if (requestError !== '') return requestErrorSentence(requestError);
  const fault = faultSentence(fieldsOf(fieldsOf(detail['response'])['error']));
  if (fault !== '') return fault;
  const told = textOf(fieldsOf(detail['response'])['requestError']);
  return told === '' ? null : requestErrorSentence(told);
}

function scriptError(detail: Fields): string | null {
  const error = textOf(detail['scriptError']);
  return error === '' ? null : sentence(error);
}

/** An answer that is wrong by its status, by a rule of its type, or by an assertion. */
function judged(detail: Fields): string | null {
  const assertions = failedAssertions(listOf(detail['assertions']));
  const first = assertions[0];
  const itself = wrongByItself(detail, assertions);
  if (itself !== null) return first ? `${clause(itself)}, and ${counted(assertions.length, 'assertion')} failed.` : itself;
  if (!first) return null;
  const said = textOf(first['error']) === '' ? sentence(textOf(first['condition']) || 'an assertion failed') : assertionSentence(first);
  return assertions.length === 1 ? said : `${clause(said)}, and ${counted(assertions.length - 1, 'more assertion')} failed.`;
}

/** Where an assertion is about the very same thing, the assertion says it better. */
function wrongByItself(detail: Fields, failed: readonly Fields[]): string | null {
  const isAsserted = (source: string) => failed.some((one) => one['source'] === source);
  return (isAsserted('STATUS_CODE') ? null : badStatus(detail, failed.length === 0)) ?? (isAsserted('RESPONSE_CODE') ? null : badReturnCode(detail))
    ?? (isAsserted('GRPC_STATUS_CODE') || isAsserted('GRPC_HEALTHCHECK_STATUS') ? null : badGrpc(detail)) ?? notReached(detail) ?? brokenRule(detail);
}

/** The probe says in its log that the status fails the check; without that line, a status alone may be what somebody wants (B.4). */
function badStatus(detail: Fields, alone: boolean): string | null {
  const [request, response] = [fieldsOf(detail['request']), fieldsOf(detail['response'])];
  const status = numberOf(response['status']);
  if (status === null || status < 400) return null;
  if (!alone && !logLines(detail).some(({ level, msg }) => level === 'ERROR' && msg.startsWith(`The status ${status} fails the check`))) return null;
  const asked = textOf(response['href']) || textOf(request['url']);
  const reason = textOf(response['statusText']).replace(/^\d+ /, '');
  return sentence(`${textOf(request['method']) || 'GET'} ${brief(asked, 120)} was answered with ${status}${reason === '' ? '' : ` ${brief(reason)}`}`);
}

const asserts = (detail: Fields, ...sources: string[]): boolean => listOf(detail['assertions']).some(({ source }) => sources.includes(textOf(source)));

function badReturnCode(detail: Fields): string | null {
  const [request, code] = [fieldsOf(detail['request']), textOf(fieldsOf(detail['response'])['returnCode'])];
  if (code === '' || code === 'NOERROR' || asserts(detail, 'RESPONSE_CODE')) return null;
  return sentence(`the name server answered ${code} to ${textOf(request['recordType'])} ${brief(textOf(request['query']))}`);
}

function badGrpc(detail: Fields): string | null {
  const [status, health] = [numberOf(known(detail, 'grpcStatusCode')), numberOf(known(detail, 'healthStatus'))];
  const healthIsAsserted = health !== null && asserts(detail, 'GRPC_HEALTHCHECK_STATUS');
  if (status !== null && status !== 0) {
    if (asserts(detail, 'GRPC_STATUS_CODE') || healthIsAsserted) return null;
    const message = textOf(known(detail, 'grpcStatusMessage'));
    return sentence(`the call of ${textOf(known(detail, 'grpcMethod'))} was answered with the gRPC status ${status}${message === '' ? '' : `: ${clause(message)}`}`);
  }
  if (health === null || health === 1 || healthIsAsserted) return null;
  return sentence(`the server says that its health is ${textOf(known(detail, 'healthStatusLabel')) || String(health)}, which is not SERVING`);
}

const WHY_NOT_REACHED: Readonly<Record<string, string>> = {
  maxUnknownHops: 'too many hops in a row did not answer', timeout: 'its time was over', maxHops: 'it is further away than the hops that are followed',
};

function notReached(detail: Fields): string | null {
  if (known(detail, 'destinationReached') !== false) return null;
  const why = entryOf(WHY_NOT_REACHED, textOf(known(detail, 'truncationReason')));
  return sentence(`the destination was not reached${why === undefined ? '' : `: ${why}`}`);
}

const RULE = /^Security baseline, \w+: (.+)$/s;
/** The rules of the baseline that the probe has told of at this level. */
export const rulesTold = (detail: Fields, level: 'ERROR' | 'WARN'): string[] =>
  logLines(detail).flatMap((line) => { const said = line.level === level ? RULE.exec(line.msg)?.[1] : undefined; return said === undefined ? [] : [said]; });

function brokenRule(detail: Fields): string | null {
  const told = rulesTold(detail, 'ERROR')[0];
  if (told !== undefined) return sentence(`the security baseline is not met: ${clause(told)}`);
  const rules = Object.entries(fieldsOf(known(detail, 'securityBaseline'))).filter(([, rule]) => fieldsOf(rule)['violated'] === true && fieldsOf(rule)['severity'] === 'fail');
  return rules[0] ? sentence(`the security baseline is not met: ${rules[0][0]}`) : null;
}

/** The limit in ms that the probe says was exceeded. */
export function limitInLog(detail: Fields, kind: 'limit' | 'degraded limit'): number | null {
  const pattern = new RegExp(`^The (?:response time|handshake) of .* is over the ${kind} of (\\d+(?:\\.\\d+)?) ms`);
  const told = logLines(detail).map(({ msg }) => pattern.exec(msg)?.[1]).find((one) => one !== undefined);
  return told === undefined ? null : Number(told);
}

function tooSlow({ overMaxResponseTime, responseTime }: Failed, detail: Fields): string | null {
  if (!overMaxResponseTime) return null;
  const limit = limitInLog(detail, 'limit') ?? numberOf(detail['maxResponseTime']);
  const took = typeof responseTime === 'number' ? `It took ${duration(responseTime)}` : 'It took too long';
  return `${took}; more than the limit${limit === null ? '' : ` of ${duration(limit)}`}.`;
}

/** Null where nothing was lost. */
export function lostPackets(detail: Fields): string | null {
  const response = fieldsOf(detail['response']);
  const [loss, sent, received] = [numberOf(response['packetLoss']), numberOf(response['packetsSent']), numberOf(response['packetsReceived'])];
  if (loss === null || loss === 0 || sent === null || received === null) return null;
  return received === 0 ? `None of ${counted(sent, 'ping')} was answered.` : `${numeral(sent - received)} of ${counted(sent, 'ping')} got no answer, which is a loss of ${numeral(loss)} %.`;
}
