/** What the pages ask the API for. Keys begin with the account and the session, so that what an event changes can be read again. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { AroundResult } from '../../contract/aroundResult.ts';
import type { Role } from '../../contract/checkTypes.ts';
import type { TestSessionResult } from '../../contract/results.ts';
import type { TestSession, TestSessionList } from '../../contract/sessions.ts';
import { request } from './request.ts';

export interface Me { name: string; userId: string | null; accounts: { id: string; name: string; role: Role }[] }

/** How often a page asks for what no event tells of, in ms. */
const LOOK_AGAIN_MS = 5_000;
/** Links in results are signed for a day. */
const SETTLED_MS = 3_600_000;

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => request<Me>('/web/me', { signal }), staleTime: 60_000 });

/** @param search the list's query as the API takes it. */
export const sessionsQuery = (accountId: string, search: string) => queryOptions({
  queryKey: [accountId, 'sessions', search], placeholderData: keepPreviousData, refetchInterval: LOOK_AGAIN_MS,
  queryFn: ({ signal }) => request<TestSessionList>(`/v1/test-sessions${search === '' ? '' : `?${search}`}`, { accountId, signal }),
});

export const sessionQuery = (accountId: string, sessionId: string) => queryOptions({
  queryKey: [accountId, 'session', sessionId],
  queryFn: ({ signal }) => request<TestSession>(`/v1/test-sessions/${sessionId}`, { accountId, signal }),
});

export const resultQuery = (accountId: string, sessionId: string, resultId: string) => queryOptions({
  queryKey: [accountId, 'session', sessionId, 'result', resultId],
  queryFn: ({ signal }) => request<TestSessionResult>(`/v1/test-sessions/${sessionId}/results/${resultId}`, { accountId, signal }),
  staleTime: ({ state }) => (state.data && state.data.status !== 'RUNNING' ? SETTLED_MS : 0),
});

/** What stands around a result: the runs of its sequence, its neighbours, the last one that passed. */
export const aroundQuery = (accountId: string, sessionId: string, resultId: string) => queryOptions({
  queryKey: [accountId, 'session', sessionId, 'around', resultId],
  queryFn: ({ signal }) => request<AroundResult>(`/web/accounts/${accountId}/test-sessions/${sessionId}/results/${resultId}/around`, { signal }),
});
