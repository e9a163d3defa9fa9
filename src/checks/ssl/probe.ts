/**
 * The SSL probe (B.11): resolve, connect, shake hands, inspect, verify, judge.
 * Promises: old versions, short keys and weak ciphers are seen and told; a failed step has a category, and what was seen before it is in the
 * result; name, connection and handshake together take no longer than `handshakeTimeoutMs`.
 * Never: throws for what a peer does; sends application data.
 */
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { domainToASCII } from 'node:url';
import type { ClientCertificate } from '../../protocol/assignment.ts';
import { anyFailed, echoAssertions, evaluateAssertions, type AssertionInput } from '../kit/assertions.ts';
import { clientCertificateFor } from '../kit/clientCertificate.ts';
import { describeNetworkError, isNetworkError, type NetworkFault } from '../kit/dial.ts';
import { DENIED } from '../kit/egress.ts';
import { judgeLimits } from '../kit/limits.ts';
import type { Probe, ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { renderAssertions } from '../kit/renderAssertions.ts';
import { resolveWithin } from '../kit/resolveTarget.ts';
import { renderTemplate } from '../kit/template.ts';
import { shakeHands, type Peer } from './handshake.ts';
import { inspectingContext } from './inspectingContext.ts';
import { inspectPeer, type Inspection } from './inspectPeer.ts';
import { readersOf } from './readers.ts';
import { summaryOf, type FailureCategory } from './response.ts';
import type { SslSettings } from './schema.ts';

/** The request as the result shows it. */
interface SslRequest {
  hostname: string; port: number; ipFamily: string; serverName: string; skipChainValidation: boolean; handshakeTimeoutMs: number; alertDaysBeforeExpiry: number;
  clientCertificateMode?: string; sslClientCertificateId?: string;
}

/** What every ending of a run is built from. */
interface Ground { settings: SslSettings; context: ProbeContext; request: SslRequest; assertions: AssertionInput[] }

/** The probe with its wait handed in: ms that a peer has to refuse a client certificate after the handshake. */
export function createSslProbe({ quietMs }: { quietMs: number }): Probe<SslSettings> {
  return async (settings, context) => {
    const request = renderRequest(settings, context);
    const ground: Ground = { settings, context, request, assertions: renderAssertions(settings.request.assertions, context.env, context) };
    const prepared = prepareTls(request, context);
    if ('problem' in prepared) return unusable(ground, prepared.problem);

    const limitMs = request.handshakeTimeoutMs;
    const startedAt = context.tick();
    const resolved = await resolveWithin(limitMs, request, context);
    if (resolved === 'cancelled') return cancelled(ground);
    if ('error' in resolved) return unanswered(ground, { category: categoryOfName(resolved.error), error: resolved.error });

    const { address } = resolved;
    context.log('INFO', `Connecting to ${address} port ${request.port}`);
    const name = nameToVerify(request);
    const handshake = await shakeHands({
      address, port: request.port, servername: isIP(name) ? '' : name, context: prepared.tls, limitMs: Math.max(1, limitMs - (context.tick() - startedAt)),
      quietMs, signal: context.signal, tick: context.tick, capture: context.net.capture,
    });
    if (handshake.kind === 'aborted') return cancelled(ground);
    if (handshake.kind === 'failed') return unanswered(ground, { category: handshake.step, error: handshake.error, address });
    return inspected(ground, handshake.peer, { address, name, extraAuthority: prepared.certificate?.ca ?? null });
  };
}

export const probeSsl: Probe<SslSettings> = createSslProbe({ quietMs: 500 });

function renderRequest({ request: { sslConfig, sslClientCertificateId } }: SslSettings, context: ProbeContext): SslRequest {
  const render = (text: string) => renderTemplate(text, context.env, context).trim();
  const { port, ipFamily, skipChainValidation, handshakeTimeoutMs, alertDaysBeforeExpiry, clientCertificateMode } = sslConfig;
  const hostname = render(sslConfig.hostname);
  return {
    hostname, port, ipFamily, serverName: render(sslConfig.serverName ?? '') || hostname, skipChainValidation, handshakeTimeoutMs, alertDaysBeforeExpiry,
    ...(clientCertificateMode ? { clientCertificateMode } : {}), ...(sslClientCertificateId ? { sslClientCertificateId } : {}),
  };
}

/** A name in the letters of DNS and without the dot of its root, or an address without brackets. */
function nameToVerify({ serverName }: SslRequest): string {
  const bare = serverName.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return isIP(bare) ? bare : domainToASCII(bare) || bare;
}

type Prepared = { tls: SecureContext; certificate: ClientCertificate | null } | { problem: string };

/** The account's certificate for the host, or the one that the check names. */
function prepareTls({ hostname, clientCertificateMode: mode, sslClientCertificateId: id }: SslRequest, { net, log }: ProbeContext): Prepared {
  const certificate = mode === 'auto' ? clientCertificateFor(hostname, net.certificates)
    : mode === 'explicit' ? net.certificates.find((one) => one.id === id) ?? null : null;
  if (mode === 'explicit' && !certificate) return { problem: `This account has no client certificate ${id}.` };
  if (certificate) log('DEBUG', `Using the client certificate for ${certificate.host}`);
  try {
    return { tls: inspectingContext(certificate), certificate };
  } catch (error) {
    return { problem: `The client certificate for ${certificate?.host ?? hostname} cannot be used: ${describeNetworkError(error).message}` };
  }
}

function categoryOfName({ code }: NetworkFault): FailureCategory {
  if (code === DENIED) return 'connect';
  return code === 'SOCKET_TIMEOUT' ? 'timeout' : 'dns';
}

/** `shouldFail` accepts a failed request (B.4), but not what the settings themselves make impossible. */
const accepted = ({ settings }: Ground, { code }: NetworkFault): boolean => settings.shouldFail === true && code !== DENIED && code !== 'ERR_INVALID_IP_ADDRESS';

/** What the CLI looks for beside the response, to say why a time was too long (cli-wire 6). */
const limitsOf = ({ settings: { degradedResponseTime, maxResponseTime } }: Ground) => ({ degradedResponseTime, maxResponseTime });

interface Unanswered { category: FailureCategory; error: NetworkFault; address?: string }

/** Nothing to inspect: the peer was not reached, or the handshake was not done. */
function unanswered(ground: Ground, { category, error, address }: Unanswered): ProbeOutcome {
  const { context, request, assertions } = ground;
  const passes = accepted(ground, error);
  context.log(passes ? 'INFO' : 'ERROR', `${error.code}: ${error.message}${passes ? ' (accepted: shouldFail is set)' : ''}`);
  return {
    verdict: passes ? 'passed' : 'failed', interrupted: error.code === 'SOCKET_TIMEOUT', overMaxResponseTime: false,
    networkError: !passes && isNetworkError(error.code), responseTime: null, fault: null,
    detail: {
      failureCategory: category, requestError: error.code === DENIED ? error.message : null, request, assertions: echoAssertions(assertions),
      response: { ...(address ? { resolvedIp: address } : {}), error }, ...limitsOf(ground),
    },
  };
}

async function inspected(ground: Ground, peer: Peer, target: { address: string; name: string; extraAuthority: string | null }): Promise<ProbeOutcome> {
  const { settings, context, request, assertions } = ground;
  const inspection = inspectPeer(peer, { ...target, config: settings.request.sslConfig, now: context.now() });
  const { response, failure, expired, nearExpiry, violations } = inspection;
  const responseTime = response.handshakeTimeMs;
  const evaluated = await evaluateAssertions(assertions, readersOf(response));
  const limits = judgeLimits({ ...settings, responseTime });
  const passes = failure !== null && accepted(ground, failure.error);
  explain(ground, inspection, passes);
  for (const { error } of evaluated) if (error) context.log('ERROR', error);
  if (limits.overMaxResponseTime) context.log('ERROR', `The handshake of ${responseTime} ms is over the limit of ${settings.maxResponseTime} ms.`);
  else if (limits.isDegraded) context.log('WARN', `The handshake of ${responseTime} ms is over the degraded limit of ${settings.degradedResponseTime} ms.`);
  const failed = (failure !== null && !passes) || expired || violations.some(({ severity }) => severity === 'fail') || limits.overMaxResponseTime || anyFailed(evaluated);
  const degraded = nearExpiry || violations.length > 0 || limits.isDegraded;
  return {
    verdict: failed ? 'failed' : degraded ? 'degraded' : 'passed', interrupted: false, overMaxResponseTime: limits.overMaxResponseTime,
    networkError: false, responseTime, fault: null,
    detail: {
      ...summaryOf(response), failureCategory: failure?.category ?? null, requestError: null, request, assertions: evaluated, response, ...limitsOf(ground),
    },
  };
}

/** The job log: what was seen, and what is wrong with it. */
function explain({ context, request }: Ground, { response, failure, nearExpiry, violations, warnings }: Inspection, passes: boolean): void {
  const { certificate, protocol, cipherSuite, handshakeTimeMs, daysUntilExpiry, error } = response;
  context.log('INFO', `${protocol} with ${cipherSuite} in ${handshakeTimeMs} ms; the certificate "${certificate.subjectCN}" was issued by "${certificate.issuerCN}" and is valid until ${certificate.notAfter}`);
  if (error) context.log(failure && passes ? 'INFO' : 'ERROR', `${error.code}: ${error.message}${passes && failure ? ' (accepted: shouldFail is set)' : ''}`);
  if (nearExpiry) context.log('WARN', `The certificate expires in ${daysUntilExpiry} day(s), and the check wants ${request.alertDaysBeforeExpiry}.`);
  for (const { severity, sentence } of violations) context.log(severity === 'fail' ? 'ERROR' : 'WARN', `Security baseline, ${sentence}`);
  for (const warning of warnings) context.log('WARN', warning);
}

function ended(ground: Ground, requestError: string, interrupted: boolean): ProbeOutcome {
  const { request, assertions } = ground;
  return {
    verdict: 'failed', interrupted, overMaxResponseTime: false, networkError: false, responseTime: null, fault: null,
    detail: { failureCategory: null, requestError, request, assertions: echoAssertions(assertions), ...limitsOf(ground) },
  };
}

const cancelled = (ground: Ground): ProbeOutcome => ended(ground, 'The run was cancelled before it completed.', true);

/** A certificate that is not there or no good is the check's fault, not the target's; still no check that passes. */
function unusable(ground: Ground, problem: string): ProbeOutcome {
  ground.context.log('ERROR', problem);
  return ended(ground, problem, false);
}
