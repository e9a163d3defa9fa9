/** The tab's title and mark tell what a page shows, so that a tab that nobody looks at can be read. */
import { useEffect } from 'react';
import type { Verdict } from '../kit/verdict.ts';
import { useTitle } from './useTitle.ts';

/** Colours that stand out on light and on dark tabs; shapes as those of marks. */
const MARKS: Readonly<Record<Verdict, readonly [colour: string, shape: string]>> = {
  passed: ['#1a8f50', 'M4 8.5 7 11.5 12 5'], degraded: ['#b87a00', 'M8 4v5M8 12v.2'], failed: ['#d1342b', 'M5 5l6 6M11 5l-6 6'], errored: ['#9340b8', 'M8 4v5M8 12v.2'],
  cancelled: ['#6b7280', 'M4.5 8h7'], running: ['#2456d6', 'M8 4a4 4 0 1 1-4 4'],
};

function markOf(verdict: Verdict): string {
  const [colour, shape] = MARKS[verdict];
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="${colour}"/><path d="${shape}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>`)}`;
}

/** @param title null while nothing is known. @param verdict null for the program's own mark. */
export function useTabState(title: string | null, verdict: Verdict | null = null): void {
  useTitle(title);
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (verdict === null || !icon) return undefined;
    const own = icon.href;
    icon.href = markOf(verdict);
    return () => { icon.href = own; };
  }, [verdict]);
}
