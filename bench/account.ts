/** What a client of Assay does in a bench: calls with a key, starts sessions and hears of their results over MQTT. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connectAsync } from 'mqtt';
import type { Credentials } from './seedStore.ts';
import type { AssayFacts } from './sides/assay.ts';
import type { CheckType } from '../src/contract/checkTypes.ts';

export const authorization = ({ accountId, apiKey }: Credentials): Record<string, string> =>
  ({ authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId });

const agent = new Agent({ keepAlive: true });

/** One call over a kept-alive connection. Throws unless the answer is a 2xx. */
export function call(method: string, url: string, credentials: Credentials, body?: unknown): Promise<string> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method, agent, headers: { ...authorization(credentials), ...(bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {}) },
    }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((answer.statusCode ?? 0) >= 200 && (answer.statusCode ?? 0) < 300) resolve(text);
        else reject(new Error(`${method} ${url} answered ${answer.statusCode}: ${text}`));
      });
    });
    asked.on('error', reject);
    asked.end(bytes);
  });
}

export interface FinalMessage { testResultId: string; result: { responseTime: number; hasFailures: boolean; hasErrors: boolean } }

/** A check as the door takes it. */
export interface BenchCheck { logicalId: string; name: string; checkType: CheckType; [setting: string]: unknown }

export interface Listener extends AsyncDisposable {
  /** Starts a session and waits for the FINAL message of every check. `tookMs` from before the POST to the last message. */
  runSession(checks: readonly BenchCheck[]): Promise<{ sessionId: string; finals: FinalMessage[]; tookMs: number }>;
}

/** Connects as the CLI does: one MQTT connection, subscribed to a session's channel before the session is started. */
export async function listen({ apiUrl, mqttUrl }: AssayFacts, credentials: Credentials): Promise<Listener> {
  const client = await connectAsync(mqttUrl, { username: credentials.accountId, password: credentials.apiKey, protocolVersion: 4, clean: true });
  return {
    async runSession(checks) {
      const suiteId = randomUUID();
      const pattern = `account/${credentials.accountId}/ad-hoc-check-results/${suiteId}/+/+/+`;
      const finals = new Map<string, FinalMessage>();
      const done = Promise.withResolvers<number>();
      const hear = (topic: string, payload: Buffer) => {
        const message = JSON.parse(payload.toString()) as FinalMessage & { resultType: string };
        if (!topic.includes(suiteId) || message.resultType !== 'FINAL') return;
        finals.set(message.testResultId, message);
        if (finals.size === checks.length) done.resolve(performance.now());
      };
      client.on('message', hear);
      await client.subscribeAsync(pattern);
      const startedAt = performance.now();
      const answer = await call('POST', `${apiUrl}/v1/test-sessions/run`, credentials, {
        name: 'Bench', runLocation: { type: 'PUBLIC', region: 'eu-west-1' }, shouldRecord: true, project: { logicalId: 'bench' },
        checkRunJobs: checks.map((check, n) => ({
          ...check, logicalId: `${check.logicalId}-${n}`, sourceInfo: { checkRunSuiteId: suiteId, checkRunId: randomUUID() },
        })),
      });
      const tookMs = await done.promise - startedAt;
      client.off('message', hear);
      await client.unsubscribeAsync(pattern);
      return { sessionId: (JSON.parse(answer) as { testSessionId: string }).testSessionId, finals: [...finals.values()], tookMs };
    },
    async [Symbol.asyncDispose]() { await client.endAsync(); },
  };
}
