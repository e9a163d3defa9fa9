/** What stands behind the `?` of the address, as it stands there: the router's own hook decodes it once too often. */
import { useCallback, useMemo } from 'react';
import { navigate, usePathname, useSearch } from 'wouter/use-browser-location';

export interface Address {
  params: URLSearchParams;
  path: string;
  /** The address with other parameters. */
  hrefOf: (params: URLSearchParams) => string;
  /** @param how `replace`: no step of its own on the way back. */
  go: (params: URLSearchParams, how?: { replace: boolean }) => void;
}

export function useAddress(): Address {
  const path = usePathname();
  const search = useSearch();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const hrefOf = useCallback((to: URLSearchParams) => (to.size === 0 ? path : `${path}?${to.toString()}`), [path]);
  const go = useCallback((to: URLSearchParams, how?: { replace: boolean }) => navigate(hrefOf(to), how), [hrefOf]);
  return { params, path, hrefOf, go };
}
