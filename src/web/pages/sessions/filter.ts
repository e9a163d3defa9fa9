/** The list's filters as they stand in the address: the API's own names and values, so that an address can be read as a call. */

/** Filters that people set; what is left is where they are in the list. */
const FILTERS = ['textSearch', 'statuses', 'branches', 'users', 'noUsers', 'providers', 'from', 'to', 'errorGroupId'] as const;
const PLACES = ['nextId', 'prevId'] as const;
export type FilterName = (typeof FILTERS)[number];

/** Characters that a search needs at least (A.13). */
export const SEARCH_FROM = 3;
const A_PAGE = 25;

/** The call's query; what is no filter of the list is left out. */
export function callOf(address: URLSearchParams): string {
  const call = new URLSearchParams();
  for (const name of [...FILTERS, ...PLACES]) for (const value of address.getAll(name)) call.append(name, value);
  call.set('limit', String(A_PAGE));
  call.set('sequences', 'false');
  return call.toString();
}

export const isFiltered = (address: URLSearchParams): boolean => FILTERS.some((name) => address.has(name));
/** Whether the address names a page that is not the newest one. */
export const isAway = (address: URLSearchParams): boolean => PLACES.some((name) => address.has(name));

/** The address with other values for one filter, at the newest page. @param values none for no filter. */
export function withFilter(address: URLSearchParams, name: FilterName, values: readonly string[]): URLSearchParams {
  const next = atPage(address, null, null);
  next.delete(name);
  for (const value of values) next.append(name, value);
  return next;
}

/** The address at another page; both null for the newest. */
export function atPage(address: URLSearchParams, name: (typeof PLACES)[number] | null, cursor: string | null): URLSearchParams {
  const next = new URLSearchParams(address);
  for (const place of PLACES) next.delete(place);
  if (name !== null && cursor !== null) next.set(name, cursor);
  return next;
}

/** How many filters are set beside search and status. */
export const furtherFilters = (address: URLSearchParams): number =>
  FILTERS.filter((name) => name !== 'textSearch' && name !== 'statuses').reduce((sum, name) => sum + address.getAll(name).length, 0);

const two = (value: number): string => String(value).padStart(2, '0');

/** Unix seconds as fields of date and time want them, in the reader's zone; '' for none. */
export function fieldTime(seconds: string | null): string {
  const date = new Date(Number(seconds) * 1000);
  if (seconds === null || Number.isNaN(date.getTime())) return '';
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The other way; none for an empty field. */
export function secondsOf(field: string): string[] {
  const ms = new Date(field).getTime();
  return Number.isNaN(ms) ? [] : [String(Math.floor(ms / 1000))];
}
