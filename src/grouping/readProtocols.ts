/** What fails a check although there was an answer, and no assertion says it: statuses, codes, rules, limits (B.3, B.4, B.9 to B.12). */
import { cleanSaid, cleanWritten } from './cleanText.ts';
import { cleanUrl } from './cleanUrl.ts';
import { fieldsOf, listOf, numberOf, textOf, type Fields } from './fields.ts';
import type { FoundError } from './foundError.ts';
import { targetName } from './targetName.ts';

const found = (raw: string, cleaned = cleanSaid(raw)): FoundError => ({ raw, cleaned, test: null });

/** A key of the response document, which some types repeat above it. */
const known = (detail: Fields, key: string): unknown => fieldsOf(detail['response'])[key] ?? detail[key];

/** An error status of HTTP. Only where no assertion has failed: it may be what they expect (B.4), which the detail does not tell. */
export function statusError(detail: Fields): FoundError | null {
  const [request, response] = [fieldsOf(detail['request']), fieldsOf(detail['response'])];
  const status = numberOf(response['status']);
  if (status === null || status < 400) return null;
  const asked = textOf(request['url']) || textOf(response['href']);
  const [method, reason] = [textOf(request['method']) || 'GET', textOf(response['statusText']).replace(/^\d+ /, '')];
  return found(`${method} ${asked} was answered with the status ${status}${reason === '' ? '' : ` ${reason}`}.`, `${method} ${cleanUrl(asked.slice(0, 2_048))} was answered with the status ${status}.`);
}

/** These take over the judgement of the code (B.9, B.12). */
const OF_CODES = new Set(['RESPONSE_CODE', 'GRPC_STATUS_CODE', 'GRPC_HEALTHCHECK_STATUS']);

/** An error code of DNS or gRPC that no assertion is about. */
export function codeError(detail: Fields): FoundError | null {
  if (listOf(detail['assertions']).some(({ source }) => OF_CODES.has(textOf(source)))) return null;
  const [request, response] = [fieldsOf(detail['request']), fieldsOf(detail['response'])];
  const code = textOf(response['returnCode']);
  if (code === '' || code === 'NOERROR') return grpcError(detail);
  const [type, query] = [textOf(request['recordType']), textOf(request['query'])];
  return found(`The name server answered ${code} to ${type} ${query}.`, `The name server answered ${code} to ${type} ${cleanWritten(query)}.`);
}

function grpcError(detail: Fields): FoundError | null {
  const status = numberOf(known(detail, 'grpcStatusCode'));
  const method = textOf(known(detail, 'grpcMethod'));
  if (status !== null && status !== 0) {
    const message = textOf(known(detail, 'grpcStatusMessage'));
    return found(`The gRPC call ${method} ended with the status ${status}${message === '' ? '.' : `: ${message}`}`,
      `The gRPC call ${method} ended with the status ${status}: ${cleanSaid(message.slice(0, 2_000))}`);
  }
  const health = numberOf(known(detail, 'healthStatus'));
  if (health === null || health === 1) return null;
  const label = textOf(known(detail, 'healthStatusLabel')) || ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'][health] || String(health);
  return found(`The gRPC health is ${label}.`);
}

/** Of certificates and routes: each is an error of its own, beside failed assertions. */
export function brokenRules(detail: Fields): FoundError[] {
  const rules = Object.entries(fieldsOf(known(detail, 'securityBaseline'))).slice(0, 50).filter(([, rule]) => fieldsOf(rule)['violated'] === true && fieldsOf(rule)['severity'] === 'fail');
  const left = numberOf(known(detail, 'daysUntilExpiry'));
  const category = textOf(detail['failureCategory']);
  const truncation = textOf(known(detail, 'truncationReason'));
  const name = targetName(detail);
  const where = name === '' ? '' : ` (${name})`;
  return [
    ...(category === '' ? [] : [found(`The TLS check failed at the step "${category}"${where}.`)]),
    ...(left !== null && left < 0 ? [found(`The certificate expired ${-left} days ago${where}.`, `The certificate has expired${where}.`)] : []),
    ...rules.map(([rule]) => found(`The TLS connection violates the rule ${rule}${where}.`, `The TLS connection violates the rule ${rule}${where}.`)),
    ...(known(detail, 'destinationReached') === false ? [found(`The destination was not reached${truncation === '' ? '' : `: ${truncation}`}${where}.`)] : []),
  ];
}

/** Lost packets, or an answer that took too long: what is left when nothing else has failed. Null where there was no answer to judge. */
export function lateAnswer(checkType: string, detail: Fields): FoundError | null {
  const loss = numberOf(known(detail, 'packetLoss'));
  const name = targetName(detail);
  const where = name === '' ? '' : ` (${name})`;
  if (checkType === 'ICMP' && loss !== null && loss > 0) {
    return loss >= 100 ? found(`No reply came back${where}.`) : found(`Packets were lost: ${loss} %${where}.`, `Packets were lost${where}.`);
  }
  return Object.keys(fieldsOf(detail['response'])).length === 0 ? null : found('The response time was over the limit.');
}
