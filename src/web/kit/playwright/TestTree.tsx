/** What ran: files, describes, tests, their tries and steps, with how long each took. Folded but for what failed. */
import { spanOf } from '../times.tsx';
import type { Outcome, Step, Suite, Test, Try } from './report.ts';
import { ownSteps, testsIn } from './report.ts';

/** Files of a longer suite are folded, unless something in them failed. */
const SHORT = 30;

export function TestTree({ suites }: { suites: readonly Suite[] }) {
  const short = testsIn(suites).length <= SHORT;
  return (
    <div className="pw-tree">
      {suites.map((suite, i) => (
        <details key={i} open={short || testsIn([suite]).some(({ test }) => isRed(test.outcome))}>
          <summary><span className="mono wrap">{suite.title}</span></summary>
          <Within suite={suite} />
        </details>
      ))}
    </div>
  );
}

const isRed = (outcome: Outcome): boolean => outcome === 'unexpected' || outcome === 'flaky';

function Within({ suite: { suites, tests } }: { suite: Suite }) {
  return (
    <ul>
      {tests.map((test) => <li key={test.id}><TestRow test={test} /></li>)}
      {suites.map((suite, i) => <li key={i}><span className="pw-describe">{suite.title}</span><Within suite={suite} /></li>)}
    </ul>
  );
}

const SIGNS = { passed: '✓', failed: '✕', flaky: '↻', skipped: '–' } as const;
const SIGN_OF: Readonly<Record<Outcome, keyof typeof SIGNS>> = { expected: 'passed', unexpected: 'failed', flaky: 'flaky', skipped: 'skipped' };

const Sign = ({ of }: { of: keyof typeof SIGNS }) => <span className={`pw-sign pw-${of}`} title={of}><span aria-hidden="true">{SIGNS[of]}</span><span className="visually-hidden">{of}</span></span>;

function TestRow({ test }: { test: Test }) {
  const { tries, title, project, outcome } = test;
  const head = (
    <span className="pw-row">
      <Sign of={SIGN_OF[outcome]} /><span className="wrap">{title}</span>
      {project && project !== 'chromium' && <span className="tag">{project}</span>}{outcome === 'flaky' && <span className="tag">flaky</span>}{tries.length > 1 && <span className="tag">{tries.length} tries</span>}
      <span className="pw-took number">{tries.length > 0 && outcome !== 'skipped' ? spanOf(Math.round(tries.reduce((sum, { ms }) => sum + ms, 0))) : ''}</span>
    </span>
  );
  const steps = ownSteps(tries[0]?.steps ?? []);
  if (tries.length <= 1 && steps.length === 0) return <div className="pw-leaf">{head}</div>;
  return (
    <details open={isRed(outcome)}>
      <summary>{head}</summary>
      {tries.length === 1 ? <Steps steps={steps} /> : <ol className="pw-tries">{tries.map((one) => <li key={one.retry}><TryRow one={one} decides={outcome === 'unexpected' && one === tries.at(-1)} /></li>)}</ol>}
    </details>
  );
}

/** @param decides the try that made the test fail: its errors stand above all else. */
function TryRow({ one: { retry, status, ms, steps, errors }, decides }: { one: Try; decides: boolean }) {
  const good = status === 'passed';
  const head = <span className="pw-row"><Sign of={good ? 'passed' : status === 'skipped' ? 'skipped' : 'failed'} />{retry === 0 ? 'First try' : `Retry ${retry}`}<span className="muted">{status}</span><span className="pw-took number">{spanOf(Math.round(ms))}</span></span>;
  return (
    <details open={decides}>
      <summary>{head}</summary>
      {!decides && errors.map((error, i) => <pre key={i} className="pw-message" tabIndex={0} aria-label="Message of this try">{error}</pre>)}
      <Steps steps={ownSteps(steps)} />
    </details>
  );
}

/** A list of steps; also of scripts that have no tests. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  return <ol className="pw-steps">{steps.map((step, i) => <li key={i}><StepRow step={step} /></li>)}</ol>;
}

function StepRow({ step: { title, ms, failed, error, steps } }: { step: Step }) {
  const head = (
    <span className="pw-row">
      <Sign of={failed ? 'failed' : 'passed'} /><span className={`wrap${failed ? ' pw-bad' : ''}`}>{title}</span><span className="pw-took number">{ms > 0 ? spanOf(Math.round(ms)) : ''}</span>
    </span>
  );
  const says = failed && error !== null && <p className="pw-bad mono wrap">{error.split('\n')[0]}</p>;
  if (steps.length === 0) return <div className="pw-leaf">{head}{says}</div>;
  return <details open={failed}><summary>{head}</summary>{says}<Steps steps={steps} /></details>;
}
