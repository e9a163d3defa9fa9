/** What the settings pages ask for and change. */
import { queryOptions } from '@tanstack/react-query';
import type { Connection, KeyList, KeyWish, NewKey, PlaceList, RetentionPage } from '../../contract/pages/settings.ts';
import { request } from './request.ts';

/** How often the load of agents is read again, in ms. */
const LOAD_MS = 5_000;

const pathOf = (accountId: string, part: string): string => `/web/accounts/${accountId}/${part}`;

export const keysQuery = (accountId: string) => queryOptions({ queryKey: [accountId, 'keys'], queryFn: ({ signal }) => request<KeyList>(pathOf(accountId, 'keys'), { signal }) });

export const createKey = (accountId: string, wish: KeyWish): Promise<NewKey> => request(pathOf(accountId, 'keys'), { method: 'POST', body: wish });

export const revokeKey = (accountId: string, keyId: string): Promise<void> => request(pathOf(accountId, `keys/${keyId}`), { method: 'DELETE' });

export const placesQuery = (accountId: string) => queryOptions({
  queryKey: [accountId, 'places'], refetchInterval: LOAD_MS, queryFn: ({ signal }) => request<PlaceList>(pathOf(accountId, 'places'), { signal }),
});

export const retentionQuery = (accountId: string) => queryOptions({
  queryKey: [accountId, 'retention'], queryFn: ({ signal }) => request<RetentionPage>(pathOf(accountId, 'retention'), { signal }),
});

export const connectionQuery = (accountId: string) => queryOptions({
  queryKey: [accountId, 'connection'], queryFn: ({ signal }) => request<Connection>(pathOf(accountId, 'connection'), { signal }),
});
