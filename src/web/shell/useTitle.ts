/** The title of the browser's tab: what a page shows, then whose page it is. */
import { useEffect } from 'react';

/** @param what null as long as it is not known. */
export function useTitle(what: string | null): void {
  useEffect(() => {
    if (what === null) return undefined;
    document.title = `${what} · Assay`;
    return () => { document.title = 'Assay'; };
  }, [what]);
}
