/** What the pages about error groups ask for. Keys begin with the account and `error-groups`, so that archiving reads all of it again. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { ErrorGroupPatch } from '../../contract/errorGroups.ts';
import type { GroupList, GroupPage, GroupSessions, ProjectList } from '../../contract/pages/errorGroups.ts';
import { request } from './request.ts';

/** How often the list is read again, in ms: nothing tells the pages of new groups. */
const LOOK_AGAIN_MS = 15_000;
const PROJECTS_MS = 60_000;

/** Days are those of the reader's calendar. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const withZone = (search: string): string => {
  const parameters = new URLSearchParams(search);
  parameters.set('zone', zone);
  return parameters.toString();
};

/** @param search the list's query without the zone. */
export const groupsQuery = (accountId: string, search: string) => queryOptions({
  queryKey: [accountId, 'error-groups', 'list', search], placeholderData: keepPreviousData, refetchInterval: LOOK_AGAIN_MS,
  queryFn: ({ signal }) => request<GroupList>(`/web/accounts/${accountId}/error-groups?${withZone(search)}`, { signal }),
});

export const groupQuery = (accountId: string, id: string) => queryOptions({
  queryKey: [accountId, 'error-groups', 'one', id],
  queryFn: ({ signal }) => request<GroupPage>(`/web/accounts/${accountId}/error-groups/${id}?${withZone('')}`, { signal }),
});

export const groupSessionsQuery = (accountId: string, id: string) => infiniteQueryOptions({
  queryKey: [accountId, 'error-groups', 'sessions', id], initialPageParam: null as string | null,
  queryFn: ({ signal, pageParam }) => request<GroupSessions>(`/web/accounts/${accountId}/error-groups/${id}/sessions${pageParam === null ? '' : `?nextId=${pageParam}`}`, { signal }),
  getNextPageParam: (last) => last.nextId,
});

export const projectsQuery = (accountId: string) => queryOptions({
  queryKey: [accountId, 'projects'], staleTime: PROJECTS_MS,
  queryFn: ({ signal }) => request<ProjectList>(`/web/accounts/${accountId}/projects`, { signal }),
});

/** By the public API (F.4): only who may write. */
export const archiveGroup = (accountId: string, id: string, wish: ErrorGroupPatch): Promise<unknown> =>
  request(`/v1/test-session-error-groups/${id}`, { method: 'PATCH', body: wish, accountId });
