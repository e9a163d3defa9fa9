/** The security baseline of an SSL check: its grade, and each rule with what it found and what that means for the check. */
import { Mark } from './Mark.tsx';
import { Remark } from './Remark.tsx';
import { Section } from './Section.tsx';
import type { Verdict } from './verdict.ts';
import './SecurityBaseline.css';

interface Rule { violated: boolean; severity: string }
/** As results show it (B.11): rules by name, and what they come to. */
export type Baseline = Readonly<Record<string, Rule | string | undefined>>;

const RULES: Readonly<Record<string, string>> = {
  minTLSVersion: 'The TLS version is not too old', minKeySizeBits: 'The key is long enough', weakSignatureAlgorithm: 'No signature is weak', weakCipherSuite: 'The cipher suite is not weak',
  knownBadCA: 'No authority is known to be bad', recommendedTLSVersion: 'The TLS version is the recommended one', recommendedKeySizeBits: 'The key is as long as recommended',
  ocspMustStapleRespected: 'A staple is there where the certificate demands one', sctPresent: 'There is a signed certificate timestamp',
};
const VERDICTS: Readonly<Record<string, Verdict>> = { pass: 'passed', warn: 'degraded', fail: 'failed' };

/** @param baseline null where something before it failed. */
export function SecurityBaseline({ baseline }: { baseline: Baseline | null }) {
  if (!baseline) return <Section title="Security baseline"><Remark>Not judged: something before it had failed.</Remark></Section>;
  const rules = Object.entries(baseline).filter((entry): entry is [string, Rule] => typeof entry[1] === 'object');
  const grade = typeof baseline['grade'] === 'string' ? baseline['grade'] : '–';
  if (rules.length === 0) return <Section title="Security baseline"><Remark>Switched off in this check.</Remark></Section>;
  return (
    <Section title="Security baseline" note={<>grade <strong className={`grade mark-${VERDICTS[String(baseline['verdict'])] ?? 'passed'}`}>{grade}</strong></>}>
      <table className="rows baseline">
        <thead><tr><th scope="col"><span className="visually-hidden">Verdict</span></th><th scope="col">Rule</th><th scope="col">Found</th></tr></thead>
        <tbody>{[...rules].sort(([, a], [, b]) => weight(b) - weight(a)).map(([name, rule]) => (
          <tr key={name}><td>{markOf(rule)}</td><td>{RULES[name] ?? name} <code className="muted">{name}</code></td><td>{meaningOf(rule)}</td></tr>
        ))}</tbody>
      </table>
    </Section>
  );
}

/** Broken rules that count stand first. */
const weight = ({ violated, severity }: Rule): number => (!violated ? 0 : severity === 'fail' ? 3 : severity === 'degrade' ? 2 : 0);

function markOf({ violated, severity }: Rule) {
  if (!violated) return <Mark of="passed" bare />;
  return severity === 'ignore' ? <span className="muted">–</span> : <Mark of={severity === 'fail' ? 'failed' : 'degraded'} bare />;
}

function meaningOf({ violated, severity }: Rule) {
  if (!violated) return <span className="muted">holds{severity === 'ignore' ? ', does not count' : ''}</span>;
  if (severity === 'ignore') return <span className="muted">does not hold, does not count</span>;
  return severity === 'fail' ? <span className="mark-failed">broken: fails the check</span> : <span className="mark-degraded">broken: degrades the check</span>;
}
