/** The pages that were visited, with their web vitals: the value, the word for it, and where it stands between the public thresholds (C.8). */
import { Section } from '../Section.tsx';
import { spanOf } from '../times.tsx';
import type { Visit, Vital } from './detail.ts';

/** Up to the first a value is good, up to the second it needs work. ms, but CLS. The scores themselves are the server's. */
const VITALS = {
  LCP: ['Largest contentful paint', 2_500, 4_000], FCP: ['First contentful paint', 1_800, 3_000], CLS: ['Cumulative layout shift', 0.1, 0.25],
  TTFB: ['Time to first byte', 800, 1_800], TBT: ['Total blocking time', 200, 600], INP: ['Interaction to next paint', 200, 500],
} as const satisfies Record<string, readonly [name: string, good: number, fair: number]>;
type Name = keyof typeof VITALS;
const WORDS: Readonly<Record<Vital['score'], string>> = { GOOD: 'Good', NEEDS_IMPROVEMENT: 'Needs work', POOR: 'Poor' };
/** So many visits are shown at once. */
const FIRST = 5;

export function Vitals({ visits }: { visits: readonly Visit[] }) {
  if (visits.length === 0) return null;
  return (
    <Section title="Pages visited" note={visits.length > 1 ? String(visits.length) : undefined}>
      {visits.slice(0, FIRST).map((visit, i) => <VisitRow key={i} visit={visit} />)}
      {visits.length > FIRST && <details className="pw-more"><summary>{visits.length - FIRST} more</summary>{visits.slice(FIRST).map((visit, i) => <VisitRow key={i} visit={visit} />)}</details>}
    </Section>
  );
}

function VisitRow({ visit: { url, test, soft, vitals } }: { visit: Visit }) {
  const names = (Object.keys(VITALS) as Name[]).filter((name) => vitals[name]);
  return (
    <div className="pw-visit">
      <p><span className="mono wrap">{url}</span>{soft && <span className="tag" title="The page changed its address by itself: the interaction alone can be measured.">soft navigation</span>}{test && <span className="muted"> in {test}</span>}</p>
      {names.length === 0 ? <p className="muted">Nothing could be measured.</p>
        : <dl className="pw-vitals">{names.map((name) => <VitalRow key={name} name={name} vital={vitals[name] as Vital} />)}</dl>}
    </div>
  );
}

function VitalRow({ name, vital: { value, score } }: { name: Name; vital: Vital }) {
  const [about, good, fair] = VITALS[name];
  const shown = name === 'CLS' ? value.toFixed(3) : spanOf(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
  const text = (limit: number) => (name === 'CLS' ? String(limit) : spanOf(limit));
  return (
    <div className={`pw-vital pw-vital-${score}`}>
      <dt><abbr title={about}>{name}</abbr></dt>
      <dd className="pw-value">{shown}</dd>
      <dd className="pw-score">{WORDS[score] ?? score}</dd>
      <dd className="pw-scale" title={`Good up to ${text(good)}, poor above ${text(fair)}`}>
        <svg viewBox="0 0 90 8" preserveAspectRatio="none" aria-hidden="true">
          <rect className="pw-zone-good" x="0" y="2.5" width="29" height="3" /><rect className="pw-zone-fair" x="30.5" y="2.5" width="29" height="3" /><rect className="pw-zone-poor" x="61" y="2.5" width="29" height="3" />
          <rect className="pw-needle" x={placeOf(value, good, fair) - 1} y="0" width="2.4" height="8" />
        </svg>
        <span className="visually-hidden">Good up to {text(good)}, poor above {text(fair)}.</span>
      </dd>
    </div>
  );
}

/** On a scale of 90 where each zone has a third; what is poor beyond all measure stands at its end. */
function placeOf(value: number, good: number, fair: number): number {
  if (value <= good) return 29 * value / good + 0.8;
  if (value <= fair) return 30.5 + 29 * (value - good) / (fair - good);
  return Math.min(88, 61 + 27 * (value - fair) / fair);
}
