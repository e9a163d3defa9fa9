/** What browsers reported while the run went, and requests of the run that failed: counted over all of its traces (C.8), each different one in its words. */
import { useState } from 'react';
import { LongText } from '../LongText.tsx';
import { Section } from '../Section.tsx';
import { PROBLEMS, type Told, type ToldKind } from './detail.ts';

const NAMES: Readonly<Record<ToldKind, readonly [one: string, many: string]>> = {
  userScriptErrors: ['uncaught exception', 'uncaught exceptions'], consoleErrors: ['console error', 'console errors'],
  documentErrors: ['page that failed to load', 'pages that failed to load'], networkErrors: ['failed request', 'failed requests'],
  requestErrors: ['failed request of the test', 'failed requests of the test'],
};
/** So many of them are shown unasked. */
const FIRST = 8;

/** @param visited whether there was any page to report something. @param told their words; results from before they were kept have none. @param startedAt Unix ms. */
export function Problems({ problems, told, visited, startedAt }: {
  problems: Readonly<Record<(typeof PROBLEMS)[number], number>> | null; told: readonly Told[]; visited: boolean; startedAt: number | null;
}) {
  const [all, setAll] = useState(false);
  const none = told.length === 0 && (!problems || PROBLEMS.every((name) => problems[name] === 0));
  if (none && (!problems || !visited)) return null;
  const unlike = told.reduce((sum, { kind, count }) => sum + (kind === 'requestErrors' ? count : 0), 0);
  return (
    <Section title={problems ? 'In the browser' : 'Failed requests'} note={none || !problems ? undefined : 'Traces show each of them with the page around it.'}>
      {none && <p className="pw-none">No uncaught exception, no console error, no failed request.</p>}
      {!none && problems && (
        <ul className="pw-problems">
          {PROBLEMS.map((name) => <Count key={name} kind={name} count={problems[name]} />)}
          {unlike > 0 && <Count kind="requestErrors" count={unlike} />}
        </ul>
      )}
      {told.length > 0 && <ol className="pw-told">{(all ? told : told.slice(0, FIRST)).map((one, at) => <Row key={at} told={one} startedAt={startedAt} />)}</ol>}
      {!all && told.length > FIRST && <p className="pw-none"><button type="button" className="button button-small" onClick={() => setAll(true)}>{told.length - FIRST} more</button></p>}
    </Section>
  );
}

const Count = ({ kind, count }: { kind: ToldKind; count: number }) => <li className={count > 0 ? 'pw-some' : undefined}><b>{count.toLocaleString('en')}</b> {NAMES[kind][count === 1 ? 0 : 1]}</li>;

function Row({ told: { kind, text, method, place, stack, at, count }, startedAt }: { told: Told; startedAt: number | null }) {
  // What is printed before the run's own beginning, by clocks that differ, is at its beginning.
  const after = at !== null && startedAt !== null ? Math.max(0, at - startedAt) / 1_000 : null;
  return (
    <li>
      <p className="pw-told-head">
        <span className="pw-told-kind">{NAMES[kind][0]}</span>
        {count > 1 && <span className="tag">{count.toLocaleString('en')} ×</span>}
        {after !== null && <span className="pw-took number" title="Since the run began">+{after.toFixed(2)} s</span>}
      </p>
      <p className="pw-told-text"><LongText text={text} /></p>
      {place !== null && <p className="pw-told-place">{method !== null && <b>{method} </b>}<LongText text={place} /></p>}
      {stack !== null && stack !== text && <details className="pw-more"><summary>Stack</summary><pre>{stack}</pre></details>}
    </li>
  );
}
