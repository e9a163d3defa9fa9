/** How long something has been going on, second by second. */
import { useEffect, useState } from 'react';
import { spanOf } from './times.tsx';

const TICK_MS = 1_000;

/** ms of this machine's clock, anew each second while `on`. */
export function useNow(on: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

/** @param since Unix ms. */
export function Elapsed({ since }: { since: number }) {
  const seconds = Math.max(0, Math.floor((useNow(true) - since) / TICK_MS));
  return <span>{seconds < 60 ? `${seconds} s` : spanOf(seconds * TICK_MS)}</span>;
}
