/** What browsers reported while the run went, counted over all of its traces (C.8). The trace has each of them. */
import { Section } from '../Section.tsx';
import { PROBLEMS } from './detail.ts';

const NAMES: Readonly<Record<(typeof PROBLEMS)[number], readonly [one: string, many: string]>> = {
  userScriptErrors: ['uncaught exception', 'uncaught exceptions'], consoleErrors: ['console error', 'console errors'],
  documentErrors: ['page that failed to load', 'pages that failed to load'], networkErrors: ['failed request', 'failed requests'],
};

/** @param visited whether there was any page to report something. */
export function Problems({ problems, visited }: { problems: Readonly<Record<(typeof PROBLEMS)[number], number>> | null; visited: boolean }) {
  const none = !problems || PROBLEMS.every((name) => problems[name] === 0);
  if (!problems || (none && !visited)) return null;
  return (
    <Section title="In the browser" note={none ? undefined : 'The trace shows each of them.'}>
      {none ? <p className="pw-none">No uncaught exception, no console error, no failed request.</p> : (
        <ul className="pw-problems">
          {PROBLEMS.map((name) => <li key={name} className={problems[name] > 0 ? 'pw-some' : undefined}><b>{problems[name].toLocaleString()}</b> {NAMES[name][problems[name] === 1 ? 0 : 1]}</li>)}
        </ul>
      )}
    </Section>
  );
}
