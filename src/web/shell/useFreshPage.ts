/** Another page begins at its top; on the way back the browser finds the place where the reader was. */
import { useEffect, useRef } from 'react';
import { usePathname } from 'wouter/use-browser-location';

export function useFreshPage(): void {
  const path = usePathname();
  const last = useRef(path);
  const back = useRef(false);
  useEffect(() => {
    const hear = () => { back.current = true; };
    window.addEventListener('popstate', hear);
    return () => window.removeEventListener('popstate', hear);
  }, []);
  useEffect(() => {
    if (path !== last.current && !back.current) window.scrollTo(0, 0);
    last.current = path;
    back.current = false;
  }, [path]);
}
