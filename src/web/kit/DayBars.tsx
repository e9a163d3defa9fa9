/** How often something was seen, day by day: bars for the eye, a sentence for who does not see them, and on request a table. */
import type { Day } from '../../contract/pages/errorGroups.ts';
import './DayBars.css';

const [WIDTH, GAP, HEIGHT] = [7, 2, 28];
/** Of a day without anything: a line to stand on. A wide chart is stretched. */
const [BASE, WIDE_BASE] = [1.5, 0.5];

const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
/** @param day `2026-11-27`, a date of the reader's calendar. */
const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`);

/** `3`, or `1,000+` where counting was given up. */
export const countOf = ({ sessions, atLeast }: Pick<Day, 'sessions' | 'atLeast'>): string => `${sessions.toLocaleString()}${atLeast ? '+' : ''}`;

/** All days together. */
export const totalOf = (days: readonly Day[]): Pick<Day, 'sessions' | 'atLeast'> =>
  ({ sessions: days.reduce((all, day) => all + day.sessions, 0), atLeast: days.some((day) => day.atLeast) });

const sessionsOf = (day: Pick<Day, 'sessions' | 'atLeast'>): string => `${countOf(day)} ${day.sessions === 1 ? 'session' : 'sessions'}`;

function sentenceOf(days: readonly Day[]): string {
  const total = totalOf(days);
  const most = days.reduce<Day | undefined>((top, day) => (day.sessions > (top?.sessions ?? 0) ? day : top), undefined);
  if (!most) return `In no session of the last ${days.length} days.`;
  return `In ${sessionsOf(total)} of the last ${days.length} days, most on ${short.format(dateOf(most.day))}: ${countOf(most)}.`;
}

/** @param wide fills the space that there is, with its first and last day and its scale. */
export function DayBars({ days, wide = false }: { days: readonly Day[]; wide?: boolean }) {
  const most = Math.max(1, ...days.map(({ sessions }) => sessions));
  const base = wide ? WIDE_BASE : BASE;
  const width = days.length * (WIDTH + GAP) - GAP;
  const bars = (
    <svg className={wide ? 'day-bars day-bars-wide' : 'day-bars'} viewBox={`0 0 ${width} ${HEIGHT}`} {...(wide ? { preserveAspectRatio: 'none' } : { width, height: HEIGHT })} role="img" aria-label={sentenceOf(days)}>
      {days.map((day, at) => {
        const height = day.sessions === 0 ? base : Math.max(2 * base, (day.sessions / most) * HEIGHT);
        return (
          <g key={day.day}>
            <title>{`${long.format(dateOf(day.day))}: ${sessionsOf(day)}`}</title>
            <rect className="day-bar-ground" x={at * (WIDTH + GAP)} y={0} width={WIDTH} height={HEIGHT} />
            <rect className={day.sessions === 0 ? 'day-bar-none' : 'day-bar'} x={at * (WIDTH + GAP)} y={HEIGHT - height} width={WIDTH} height={height} />
          </g>
        );
      })}
    </svg>
  );
  if (!wide) return bars;
  const [first, last] = [days[0], days.at(-1)];
  return (
    <figure className="day-figure">
      <div className="day-scale muted" aria-hidden="true"><span>{most.toLocaleString()}</span><span>0</span></div>
      {bars}
      <figcaption className="day-caption muted"><span>{first && short.format(dateOf(first.day))}</span><span>{last && `today, ${short.format(dateOf(last.day))}`}</span></figcaption>
    </figure>
  );
}

/** The same in words. */
export function DayTable({ days }: { days: readonly Day[] }) {
  const seen = days.filter(({ sessions }) => sessions > 0).reverse();
  return (
    <details className="day-table">
      <summary>As a table</summary>
      <table className="rows">
        <thead><tr><th>Day</th><th className="number">Sessions</th></tr></thead>
        <tbody>
          {seen.map((day) => <tr key={day.day}><td>{long.format(dateOf(day.day))}</td><td className="number">{countOf(day)}</td></tr>)}
          {seen.length < days.length && <tr><td className="muted">{seen.length === 0 ? 'Each of these days' : 'Each other day'}</td><td className="number muted">0</td></tr>}
        </tbody>
      </table>
    </details>
  );
}
