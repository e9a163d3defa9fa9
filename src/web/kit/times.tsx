/** Moments and spans of time as people read them. */

/** `120 ms`, `1.24 s`, `2 min 5 s`, `1 h 3 min`. @param ms null for none. */
export function spanOf(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–';
  if (ms < 1 && ms > 0) return `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${Number.isInteger(ms) ? ms : ms.toFixed(1)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const DAY_MS = 86_400_000;
const near = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const far = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });

/** A moment in the reader's zone; UTC on hover. @param at ISO 8601, or null. */
export function Moment({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="muted">–</span>;
  const date = new Date(at);
  const today = Math.abs(Date.now() - date.getTime()) < DAY_MS && date.getDate() === new Date().getDate();
  return <time dateTime={at} title={`${date.toISOString().replace('T', ' ').replace('Z', '')} UTC`}>{today ? `today ${near.format(date)}` : far.format(date)}</time>;
}
