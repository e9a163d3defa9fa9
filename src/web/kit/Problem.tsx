/** Why there is no answer, in words first: what a failure of the network means, then what the machine said. */
import type { TestSessionResult } from '../../contract/results.ts';
import { faultWords } from './faultWords.ts';
import { Facts } from './Section.tsx';
import { verdictOf } from './verdict.ts';
import './Problem.css';

/** What is known of a network failure (B.8). */
export interface Fault { code?: string; message?: string; syscall?: string; hostname?: string }

interface ProblemProps {
  result: TestSessionResult;
  /** A sentence, or what a socket said. */
  message?: string | null | undefined;
  fault?: Fault | null | undefined;
  /** What it kept from happening. */
  title?: string;
}

/** Nothing where nothing went wrong. One that has not failed the check is told without alarm. */
export function Problem({ result, message, fault, title }: ProblemProps) {
  const said = message ?? fault?.message;
  if (!said) return null;
  // What is a whole sentence needs no other one.
  const meaning = /^[A-Z].* .*\.$/s.test(said) ? null : faultWords(fault?.code ?? said);
  const verdict = verdictOf(result);
  const accepted = verdict === 'passed' || verdict === 'degraded';
  return (
    <div className={accepted ? 'reason reason-accepted' : 'reason'} role="note" aria-label={title ?? 'What went wrong'}>
      {title && <span className="reason-title">{title}</span>}
      {meaning ? <><strong>{meaning}</strong><code className="reason-said">{said}</code></> : <strong>{said}</strong>}
      {accepted && <span className="muted">The check passed all the same.</span>}
      {fault && <Facts items={[['Code', fault.code && <code>{fault.code}</code>], ['Call', fault.syscall], ['Name', fault.hostname]]} />}
    </div>
  );
}
