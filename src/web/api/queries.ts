/** What the pages ask the API for. Keys begin with the account and the session, so that what an event changes can be read again. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { AroundResult } from '../../contract/aroundResult.ts';
import type { Role } from '../../contract/checkTypes.ts';
import type { TestSessionResult } from '../../contract/results.ts';
import type { TestSessionList } from '../../contract/sessions.ts';
import type { SessionView } from '../../contract/sessionView.ts';
import { mergeView } from './mergeView.ts';
import { request } from './request.ts';

export interface Me { name: string; userId: string | null; accounts: { id: string; name: string; role: Role }[] }

/** How often the list asks for what no event tells it of, in ms. */
const LOOK_AGAIN_MS = 4_000;
const RUNNING_MS = 1_500;
/** Links in results are signed for a day. */
const SETTLED_MS = 3_600_000;

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => request<Me>('/web/me', { signal }), staleTime: 60_000 });

/** @param search the list's query as the API takes it. Read again by itself while the tab is looked at: sooner while something runs. */
export const sessionsQuery = (accountId: string, search: string) => queryOptions<TestSessionList>({
  queryKey: [accountId, 'sessions', search], placeholderData: keepPreviousData,
  refetchInterval: ({ state }) => (state.data?.entries.some(({ status }) => status === 'RUNNING') ? RUNNING_MS : LOOK_AGAIN_MS),
  queryFn: ({ signal }) => request<TestSessionList>(`/v1/test-sessions${search === '' ? '' : `?${search}`}`, { accountId, signal }),
});

/** A session with its results: whole at first, then only what has changed since. */
export const sessionQuery = (accountId: string, sessionId: string) => queryOptions({
  queryKey: [accountId, 'session', sessionId] as const,
  queryFn: async ({ client, queryKey, signal }) => {
    const known = client.getQueryData<SessionView>(queryKey);
    const path = `/web/accounts/${accountId}/test-sessions/${sessionId}`;
    return known ? mergeView(known, await request<SessionView>(`${path}?after=${known.lastEvent}`, { signal })) : request<SessionView>(path, { signal });
  },
  // The merge keeps what has not changed.
  structuralSharing: false,
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
