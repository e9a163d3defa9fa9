/**
 * One HTTP request of an API check or URL monitor: sent, read, judged (B.3–B.7, B.17).
 * Promises: a fresh connection for every hop; whatever the target does ends as an outcome within the hard limit;
 * what is recorded was really sent, with credentials and locked values masked.
 * Never: a thrown error for a target's fault, a retry; a script is its caller's (`beforeJudging`).
 */
import { anyFailed, echoAssertions, evaluateAssertions, type AssertionInput, type EvaluatedAssertion, type SourceReader } from './assertions.ts';
import { withDeadline } from './deadline.ts';
import { describeNetworkError, isNetworkError } from './dial.ts';
import { proxyFrom, type Proxy } from './httpProxy.ts';
import type { Dialer } from './httpConnection.ts';
import { sendFollowing, type Answer } from './httpRedirects.ts';
import { prepareRequest, type RecordedRequest } from './httpRequest.ts';
import type { HttpMessage } from './httpExchange.ts';
import type { HttpSettings } from './httpSettings.ts';
import { timingsOf, type TimingPhases, type Timings } from './httpTimings.ts';
import { judgeLimits } from './limits.ts';
import type { ProbeContext, ProbeOutcome } from './probe.ts';
import { headerReader, jsonReader, numberReader, textReader } from './readers.ts';
import { isCredentialHeader, MASK, maskHeaders } from './redact.ts';
import { renderAssertions } from './renderAssertions.ts';
import type { ScriptRequest, ScriptResponse } from './scripts.ts';
import { bodyText, isJson, mediaType, storedBody } from './storedBody.ts';

/** For the whole request with all its redirects, in ms (B.2). */
const HARD_LIMIT = 30_000;

export interface HttpCheck {
  request: HttpSettings;
  assertions: readonly AssertionInput[];
  /** What templates see. */
  env: Readonly<Record<string, string>>;
  /** A status of 400 and above passes (B.4). */
  shouldFail: boolean;
  /** ms; null for no limit. */
  degradedResponseTime: number | null;
  maxResponseTime: number | null;
  beforeJudging?: BeforeJudging | undefined;
}

/**
 * What may happen to an answer before it is judged (teardown scripts, B.6). It is told of a request without an answer too, with `null`:
 * what setup has made is to be cleared away all the same. `failure`: what the first script that failed has thrown; null when none has.
 * `body`: the new one; null leaves it as it is.
 */
export type BeforeJudging = (request: ScriptRequest, response: ScriptResponse | null) => Promise<
  { kind: 'done'; failure: string | null; body: string | null } | { kind: 'cancelled' } | { kind: 'fault'; sentence: string }>;

/** An answer with everything that judges it. Times in ms. */
interface Received extends Pick<Answer, 'head' | 'body'> { contentType: string | undefined; href: string; timings: Timings; timingPhases: TimingPhases; responseTime: number }

/** Sends the check's request and judges the answer. `hardLimit` in ms. */
export async function probeHttp(check: HttpCheck, context: ProbeContext, hardLimit: number = HARD_LIMIT): Promise<ProbeOutcome> {
  const assertions = renderAssertions(check.assertions, check.env, context);
  let proxy: Proxy | null;
  try {
    proxy = proxyFrom(context.net.proxyUrl);
  } catch (error) {
    return { ...unanswered(assertions, {}, describeNetworkError(error).message), verdict: 'errored', fault: describeNetworkError(error).message };
  }
  const prepared = prepareRequest(check.request, check.env, context);
  const { recorded, mask } = prepared;
  const log: Dialer['log'] = (level, msg) => context.log(level, mask(msg), 'request');
  const failed = (message: string, how: Partial<ProbeOutcome> = {}): ProbeOutcome => {
    log('ERROR', message);
    return { ...unanswered(assertions, { request: recorded }, mask(message)), ...how };
  };
  if ('error' in prepared) return tornDown(check, asConfigured(check.request), failed, prepared.error);

  log('INFO', `${recorded.method} ${recorded.url}`);
  const { skipSSL, ipFamily, followRedirects } = check.request;
  const tick = () => context.tick();
  const start = tick();
  let answered = false;
  try {
    const sent = await withDeadline(hardLimit, context.signal, (signal) => sendFollowing(
      prepared.message, followRedirects,
      { family: ipFamily === 'IPv6' ? 6 : 4, skipSSL, proxy, certificates: context.net.certificates, egress: context.net.egress, capture: context.net.capture, signal, tick, log },
      start, () => { answered = true; },
    ));
    if (sent.kind === 'cancelled') return failed('The run was cancelled before the request had completed.', { interrupted: true });
    if (sent.kind === 'timeout') return await tornDown(check, sentRequest(check.request, prepared.message), failed, 'ESOCKETTIMEDOUT', { interrupted: true, networkError: true });
    const { url, marks, ...answer } = sent.value;
    const times = timingsOf(start, marks, tick());
    const received: Received = { ...answer, ...times, contentType: answer.head.headers['content-type'], href: mask(url.href), responseTime: times.timings.end };
    const touched = await check.beforeJudging?.(sentRequest(check.request, prepared.message), asScriptSees(received));
    if (touched?.kind === 'cancelled') return failed('The run was cancelled before the teardown scripts had completed.', { interrupted: true });
    if (touched?.kind === 'fault') return failed(touched.sentence, { verdict: 'errored', fault: touched.sentence });
    const judged = await judge(check, assertions, recorded, withBody(received, touched?.body ?? null), log);
    const failure = touched?.failure ?? null;
    return failure === null ? judged : { ...judged, verdict: 'failed', detail: { ...judged.detail, scriptError: mask(failure) } };
  } catch (error) {
    const fault = describeNetworkError(error);
    // With a status it is no network error, even when the body broke off (A.7).
    return tornDown(check, sentRequest(check.request, prepared.message), failed, fault.message, { networkError: !answered && isNetworkError(fault.code) });
  }
}

/** A request without an answer has failed whatever teardown does; only what is no fault of the target's or the user's counts more. */
async function tornDown(
  { beforeJudging }: HttpCheck, request: ScriptRequest, failed: (message: string, how?: Partial<ProbeOutcome>) => ProbeOutcome, message: string, how: Partial<ProbeOutcome> = {},
): Promise<ProbeOutcome> {
  const outcome = failed(message, how);
  const touched = await beforeJudging?.(request, null);
  if (touched?.kind === 'cancelled') return { ...outcome, interrupted: true };
  return touched?.kind === 'fault' ? { ...outcome, verdict: 'errored', fault: touched.sentence } : outcome;
}

/** The outcome of a request that got no (whole) answer: nothing is judged (B.5). */
export function unanswered(assertions: readonly AssertionInput[], recorded: { request?: RecordedRequest }, requestError: string): ProbeOutcome {
  return {
    verdict: 'failed', interrupted: false, overMaxResponseTime: false, networkError: false, responseTime: null, fault: null,
    detail: { assertions: echoAssertions(assertions), ...recorded, requestError },
  };
}

/** Of a request that could not be sent, what was configured. */
function asConfigured({ method, url, body, headers, queryParameters }: HttpSettings): ScriptRequest {
  const map = (list: HttpSettings['headers']) => Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return { method, url, body, headers: map(headers), queryParameters: map(queryParameters) };
}

/** B.15: scripts see what was really sent; it is their user's. */
function sentRequest({ method }: HttpSettings, { url, headers, body }: HttpMessage): ScriptRequest {
  return {
    method, url: url.href, body: body?.toString() ?? '', headers: Object.fromEntries(headers), queryParameters: Object.fromEntries(url.searchParams),
  };
}

function asScriptSees({ head, body, contentType, timings, timingPhases }: Received): ScriptResponse {
  return { statusCode: head.status, statusText: head.statusText, headers: head.headers, body: bodyText(body.bytes, contentType), timings, timingPhases };
}

/** A body that a script has written is UTF-8, whatever the target had named. */
function withBody(received: Received, body: string | null): Received {
  if (body === null) return received;
  return { ...received, contentType: mediaType(received.contentType), body: { bytes: Buffer.from(body), cut: false } };
}

async function judge(
  check: HttpCheck, assertions: readonly AssertionInput[], request: RecordedRequest, received: Received, log: Dialer['log'],
): Promise<ProbeOutcome> {
  const { head, responseTime } = received;
  log('INFO', `${head.status} ${head.statusText} in ${responseTime} ms, ${received.body.bytes.length} bytes of ${mediaType(head.headers['content-type']) || 'no content type'}`);
  const evaluated = (await evaluateAssertions(assertions, readersFor(received))).map(withoutCredential);
  const limits = judgeLimits({ ...check, responseTime });
  const badStatus = head.status >= 400 && !check.shouldFail;
  const failed = badStatus || limits.overMaxResponseTime || anyFailed(evaluated);
  explain(evaluated, log);
  if (badStatus) log('ERROR', `The status ${head.status} fails the check, which does not expect an error status (shouldFail is off).`);
  if (limits.overMaxResponseTime) log('ERROR', `The response time of ${responseTime} ms is over the limit of ${check.maxResponseTime} ms.`);
  else if (limits.isDegraded) log('WARN', `The response time of ${responseTime} ms is over the degraded limit of ${check.degradedResponseTime} ms.`);
  return {
    verdict: failed ? 'failed' : limits.isDegraded ? 'degraded' : 'passed',
    interrupted: false, overMaxResponseTime: limits.overMaxResponseTime, networkError: false, responseTime, fault: null,
    detail: {
      assertions: evaluated, request, requestError: null,
      response: recordedResponse(received, assertions.some(({ source }) => source === 'TEXT_BODY'), log),
    },
  };
}

/** A cookie that the target sets is judged, but neither kept nor shown. */
function withoutCredential(assertion: EvaluatedAssertion): EvaluatedAssertion {
  if (assertion.source !== 'HEADERS' || !isCredentialHeader(assertion.property) || assertion.actual === undefined) return assertion;
  return {
    ...assertion, actual: MASK,
    ...(assertion.error ? { error: `The header "${assertion.property}" is not as expected (${assertion.comparison} "${assertion.target}"); its value is not shown.` } : {}),
  };
}

function explain(evaluated: readonly EvaluatedAssertion[], log: Dialer['log']): void {
  for (const { error } of evaluated) if (error) log('ERROR', error);
}

/** The sources of B.6. Headers and body are read only for an assertion that asks for them. */
function readersFor({ head, body, contentType, responseTime }: Received): Record<string, SourceReader> {
  const json = jsonReader(() => JSON.parse(bodyText(body.bytes, contentType)));
  const text = lazy(() => textReader(bodyText(body.bytes, contentType)));
  const headers = lazy(() => headerReader(head.headers));
  return {
    STATUS_CODE: numberReader(head.status),
    RESPONSE_TIME: numberReader(responseTime),
    HEADERS: (assertion) => headers()(assertion),
    TEXT_BODY: (assertion) => text()(assertion),
    JSON_BODY: (assertion) => (isJson(contentType) ? json(assertion)
      : { kind: 'error', message: `The response is not JSON: its content type is "${contentType ?? ''}".` }),
  };
}

function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

function recordedResponse({ head, body, contentType, href, timings, timingPhases }: Received, keepAll: boolean, log: Dialer['log']): object {
  const { notice, ...stored } = storedBody(body.bytes, body.cut, contentType, keepAll);
  if (body.cut) log('WARN', `The response body is longer than the ${body.bytes.length} bytes that are read.`);
  else if (stored.truncated) log('WARN', 'The response body is stored cut; the assertions saw all of it.');
  if (notice) log('INFO', 'The response body is of a binary type and not stored.');
  return { ...head, headers: maskHeaders(head.headers, []), ...stored, href, timings, timingPhases };
}
