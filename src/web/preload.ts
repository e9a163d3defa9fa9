/** What the first page needs is asked for at once: its code and its data need not wait until it is known who is signed in. */
import type { QueryClient } from '@tanstack/react-query';
import { aroundQuery, meQuery, resultQuery, sessionQuery, sessionsQuery } from './api/queries.ts';
import { callOf } from './pages/sessions/filter.ts';

const PAGE = /^\/accounts\/([^/]+)\/test-sessions(?:\/([^/]+)(?:\/results\/([^/]+))?)?$/;

/** Failures are the pages' own to tell: they ask for the same. */
export function preload(client: QueryClient, { pathname, search }: Location): void {
  const [, accountId, sessionId, resultId] = PAGE.exec(pathname) ?? [];
  if (accountId === undefined) return;
  const wait = (loading: Promise<unknown>) => { loading.catch(() => undefined); };
  wait(client.prefetchQuery(meQuery));
  if (sessionId === undefined) {
    wait(import('./pages/Sessions.tsx'));
    wait(client.prefetchQuery(sessionsQuery(accountId, callOf(new URLSearchParams(search)))));
  } else if (resultId === undefined) {
    wait(import('./pages/Session.tsx'));
    wait(client.prefetchQuery(sessionQuery(accountId, sessionId)));
  } else {
    wait(import('./pages/Result.tsx'));
    wait(client.prefetchQuery(resultQuery(accountId, sessionId, resultId)));
    wait(client.prefetchQuery(aroundQuery(accountId, sessionId, resultId)));
  }
}
