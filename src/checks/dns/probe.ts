/**
 * The DNS probe (B.9): ask, read, judge.
 * Promises: a server the check names is the only one asked, without one the list is asked in turn until NOERROR;
 * the return code decides unless a RESPONSE_CODE assertion does; ends within 10 s.
 * Never: throws for what a name server does.
 */
import { getServers } from 'node:dns';
import type { Probe, ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { anyFailed, echoAssertions, evaluateAssertions, type AssertionInput } from '../kit/assertions.ts';
import { isNetworkError } from '../kit/dial.ts';
import type { Egress } from '../kit/egress.ts';
import { judgeLimits } from '../kit/limits.ts';
import { queryId } from '../kit/queryId.ts';
import { jsonReader, numberReader, textReader } from '../kit/readers.ts';
import { renderAssertions } from '../kit/renderAssertions.ts';
import { renderTemplate } from '../kit/template.ts';
import { answerDocument, answerText } from './answer.ts';
import { askOverTcp, askOverUdp, type Exchange } from './exchange.ts';
import type { DnsQuestion } from './message.ts';
import { locate, serversFor, type ServerName } from './nameServers.ts';
import { queryName } from './queryName.ts';
import type { DnsSettings } from './schema.ts';

/** ms until the probe gives up altogether, and until UDP asks a second time. */
export interface DnsPatience { limitMs: number; retransmitMs: number }

type DnsRequest = Omit<DnsSettings['request'], 'assertions'>;

/** The server that answered (or failed to): `name` where it was given by name. */
interface NameServerInfo { name?: string; host: string; port: number }
interface Reply { exchange: Exchange; nameServerInfo?: NameServerInfo }

/** The probe with its waits and the last resort handed in; `probeDns` has those of the contract and the system's servers. */
export function createDnsProbe(patience: DnsPatience, systemServers: () => readonly string[]): Probe<DnsSettings> {
  return async (settings, context) => {
    const request = renderRequest(settings, context);
    const assertions = renderAssertions(settings.request.assertions, context.env, context);
    const asked = queryName(request.query);
    if ('problem' in asked) return unanswered(settings, context, request, assertions, { exchange: { kind: 'failed', code: 'EBADNAME', reason: asked.problem } });
    const question = { name: asked.name, recordType: request.recordType };
    const servers = serversFor(request, [...context.net.nameServers, ...systemServers()]);
    // Servers of the agent's own configuration are its operator's choice.
    const egress = request.nameServer ? context.net.egress : undefined;
    const reply = await askInTurn(servers, { question, protocol: request.protocol, patience, context, egress });
    if (reply.exchange.kind === 'failed') return unanswered(settings, context, request, assertions, reply);
    return answered(settings, context, request, assertions, reply.exchange, reply.nameServerInfo);
  };
}

export const probeDns: Probe<DnsSettings> = createDnsProbe({ limitMs: 10_000, retransmitMs: 2_000 }, getServers);

function renderRequest({ request }: DnsSettings, context: ProbeContext): DnsRequest {
  const render = (text: string) => renderTemplate(text, context.env, context).trim();
  const { recordType, protocol, nameServer, port } = request;
  return {
    query: render(request.query), recordType, protocol,
    ...(nameServer ? { nameServer: render(nameServer), ...(port === undefined ? {} : { port }) } : {}),
  };
}

interface Turn { question: DnsQuestion; protocol: DnsRequest['protocol']; patience: DnsPatience; context: ProbeContext; egress: Egress | undefined }

/**
 * Asks one server after the other until one says NOERROR. Each gets an equal share of the time that is left. Where none
 * says NOERROR, the last answer counts, or, without any, the last failure.
 */
async function askInTurn(servers: readonly ServerName[], turn: Turn): Promise<Reply> {
  const { patience: { limitMs }, context } = turn;
  const startedAt = context.tick();
  let best: Reply = { exchange: { kind: 'failed', code: 'ENOSERVER', reason: 'No name server is configured on this agent.' } };
  for (const [index, server] of servers.entries()) {
    const share = (limitMs - (context.tick() - startedAt)) / (servers.length - index);
    const reply = await askOne(server, Math.max(1, share), turn);
    if (context.signal.aborted) return reply;
    if (reply.exchange.kind === 'answer' && reply.exchange.message.returnCode === 'NOERROR') return reply;
    if (reply.exchange.kind === 'answer' || best.exchange.kind === 'failed') best = reply;
    const outcome = reply.exchange.kind === 'answer' ? reply.exchange.message.returnCode : reply.exchange.reason;
    if (index < servers.length - 1) context.log('WARN', `${server.host} port ${server.port}: ${outcome}; asking the next name server`);
  }
  return best;
}

async function askOne(server: ServerName, shareMs: number, { question, protocol, patience, context, egress }: Turn): Promise<Reply> {
  const startedAt = context.tick();
  const located = await locate(server, shareMs, context.signal, egress);
  if ('reason' in located) return { exchange: { kind: 'failed', ...located } };
  const { address, port } = located.server;
  context.log('INFO', `Asking ${address} port ${port} over ${protocol} for ${question.recordType} ${question.name}.`);
  const limitMs = Math.max(1, shareMs - (context.tick() - startedAt));
  const ask = protocol === 'TCP' ? askOverTcp : askOverUdp;
  const exchange = await ask(question, located.server, {
    limitMs, retransmitMs: Math.min(patience.retransmitMs, limitMs / 2), signal: context.signal, tick: context.tick, newId: queryId, capture: context.net.capture,
  });
  return { exchange, nameServerInfo: { ...(server.host === address ? {} : { name: server.host }), host: address, port } };
}

function unanswered(settings: DnsSettings, context: ProbeContext, request: DnsRequest, assertions: AssertionInput[], { exchange, nameServerInfo }: Reply): ProbeOutcome {
  const { code, reason } = exchange.kind === 'failed' ? exchange : { code: '', reason: '' };
  const cancelled = context.signal.aborted;
  const passes = !cancelled && settings.shouldFail === true && isNetworkError(code);
  context.log(passes ? 'INFO' : 'ERROR', `${reason}${passes ? ' (accepted: shouldFail is set)' : ''}`);
  return {
    verdict: passes ? 'passed' : 'failed',
    interrupted: cancelled || code === 'SOCKET_TIMEOUT',
    overMaxResponseTime: false,
    networkError: !passes && !cancelled && isNetworkError(code),
    responseTime: null,
    detail: {
      assertions: echoAssertions(assertions), request, ...(nameServerInfo ? { nameServerInfo } : {}),
      requestError: cancelled ? 'The run was cancelled before it completed.' : reason,
    },
    fault: null,
  };
}

async function answered(
  settings: DnsSettings, context: ProbeContext, request: DnsRequest, assertions: AssertionInput[],
  { message, elapsed }: Extract<Exchange, { kind: 'answer' }>, nameServerInfo?: NameServerInfo,
): Promise<ProbeOutcome> {
  const responseTime = Math.round(elapsed);
  const document = answerDocument(message);
  const text = answerText(message, responseTime);
  const { returnCode } = message;
  const evaluated = await evaluateAssertions(assertions, {
    RESPONSE_TIME: numberReader(responseTime),
    RESPONSE_CODE: () => ({ kind: 'value', value: returnCode }),
    TEXT_ANSWER: textReader(text),
    JSON_ANSWER: jsonReader(() => document),
  });
  const codeIsAsserted = assertions.some(({ source }) => source === 'RESPONSE_CODE');
  const codeFails = returnCode !== 'NOERROR' && !codeIsAsserted && settings.shouldFail !== true;
  context.log(codeFails ? 'ERROR' : 'INFO', `${returnCode} with ${message.answer.length} record(s) in ${responseTime} ms${codeFails ? '; assert RESPONSE_CODE to accept this code' : ''}`);
  const { overMaxResponseTime, isDegraded } = judgeLimits({ ...settings, responseTime });
  for (const { error } of evaluated) if (error) context.log('ERROR', error);
  if (overMaxResponseTime) context.log('ERROR', `The response time of ${responseTime} ms is over the limit of ${settings.maxResponseTime} ms.`);
  else if (isDegraded) context.log('WARN', `The response time of ${responseTime} ms is over the degraded limit of ${settings.degradedResponseTime} ms.`);
  const failed = codeFails || overMaxResponseTime || anyFailed(evaluated);
  return {
    verdict: failed ? 'failed' : isDegraded ? 'degraded' : 'passed',
    interrupted: false, overMaxResponseTime, networkError: false, responseTime,
    detail: {
      assertions: evaluated, request, ...(nameServerInfo ? { nameServerInfo } : {}), requestError: null,
      response: { returnCode, answer: text, responseTime, ...document },
    },
    fault: null,
  };
}
