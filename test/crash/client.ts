/**
 * A client of a server that dies again and again: starts sessions and remembers what it was promised.
 * A connection that breaks is no news; an answer that is no success is a fault of the server.
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestSession } from '../../src/contract/sessions.ts';
import type { Random } from './random.ts';

/** What a 202 said. */
export interface Acknowledged { testSessionId: string; sequenceIds: Record<string, string>; testResultIds: Record<string, string> }

export interface Client {
  /** Starts sessions until `signal` is aborted; cancels some of them and follows others. */
  startSessions(signal: AbortSignal): Promise<void>;
  acknowledged: Acknowledged[];
  /** Names of sessions whose request got no answer. */
  unanswered: string[];
  /** The sessions that were followed by the way. */
  followed: Promise<void>[];
  /** Results of sessions that had ended, word by word, by their path. */
  read: Map<string, string>;
  /** Waits for the session's end through all interruptions and reads its results. */
  follow(testSessionId: string): Promise<void>;
  get(path: string): Promise<string>;
}

const TRY_AGAIN_MS = 100;

export interface ClientOptions {
  apiUrl: string;
  accountId: string;
  apiKey: string;
  /** What a session is made of. */
  jobs(random: Random): { runLocation: object; checkRunJobs: object[] };
  random: Random;
  /** Ends all waiting. */
  signal: AbortSignal;
}

export function createClient({ apiUrl, accountId, apiKey, jobs, random, signal: end }: ClientOptions): Client {
  const acknowledged: Acknowledged[] = [];
  const unanswered: string[] = [];
  const followed: Promise<void>[] = [];
  const read = new Map<string, string>();
  const call = async (method: string, path: string, body?: unknown): Promise<{ status: number; text: string } | undefined> => {
    try {
      const answer = await fetch(`${apiUrl}${path}`, {
        method, headers: { authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId, 'content-type': 'application/json', connection: 'close' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text() };
    } catch {
      return undefined;
    }
  };
  /** Until there is an answer. */
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    for (;;) {
      const answer = await call('GET', path);
      if (answer) return answer;
      await pause(TRY_AGAIN_MS, undefined, { signal: end });
    }
  };
  const success = async (path: string): Promise<string> => {
    const { status, text } = await get(path);
    assert.equal(status, 200, `${path}: ${text}`);
    return text;
  };
  async function follow(testSessionId: string): Promise<void> {
    const at = `/v1/test-sessions/${testSessionId}`;
    let answer = await get(`${at}/completion?maxWaitSeconds=5`);
    while (answer.status === 408 && !end.aborted) answer = await get(`${at}/completion?maxWaitSeconds=5`);
    assert.equal(answer.status, 200, `${testSessionId} was acknowledged: ${answer.text}`);
    for (const { testSessionResultId } of (JSON.parse(answer.text) as TestSession).results ?? []) {
      const path = `${at}/results/${testSessionResultId}`;
      const text = await success(path);
      // Read before: the same then and now.
      assert.equal(text, read.get(path) ?? text);
      read.set(path, text);
    }
  }
  let started = 0;
  async function startOne(): Promise<void> {
    const name = `session ${++started}`;
    const answer = await call('POST', '/v1/test-sessions/run', { name, shouldRecord: true, ...jobs(random) });
    if (!answer) {
      unanswered.push(name);
      return pause(TRY_AGAIN_MS);
    }
    assert.equal(answer.status, 202, answer.text);
    const session = JSON.parse(answer.text) as Acknowledged;
    acknowledged.push(session);
    const fate = random.next();
    if (fate < 0.1) await call('POST', `/v1/test-sessions/${session.testSessionId}/cancel`, {});
    else if (fate < 0.4) {
      const following = follow(session.testSessionId);
      // Whoever waits for it at the end hears of its failure.
      following.catch(() => {});
      followed.push(following);
    }
  }
  return {
    acknowledged, unanswered, followed, read, follow, get: success,
    async startSessions(signal) {
      while (!signal.aborted) {
        await startOne();
        await pause(random.between(20, 120));
      }
    },
  };
}
