/** What was expected beside what was there (B.5). */
import { Mark } from './Mark.tsx';

export interface Assertion { source: string; property?: string; comparison: string; target?: unknown; regex?: string | null; actual?: unknown; error?: string | null }

const words = (comparison: string): string => comparison.toLowerCase().replaceAll('_', ' ');
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');

/** @param judged false where the request itself failed: then nothing was evaluated. */
export function Assertions({ list, judged }: { list: readonly Assertion[]; judged: boolean }) {
  return (
    <table className="rows">
      <thead><tr><th><span className="visually-hidden">Verdict</span></th><th>What</th><th>Expected</th><th>Actual</th></tr></thead>
      <tbody>{list.map((one, i) => (
        <tr key={i}>
          <td>{judged ? <Mark of={one.error ? 'failed' : 'passed'} bare /> : <span className="muted">not judged</span>}</td>
          <td>{one.source.toLowerCase().replaceAll('_', ' ')} {one.property && <code>{one.property}</code>} {one.regex && <code>{one.regex}</code>}</td>
          <td>{words(one.comparison)} <code className="wrap">{textOf(one.target)}</code></td>
          <td>{judged && one.actual !== undefined ? <code className="wrap">{textOf(one.actual)}</code> : '–'}{judged && one.error && <div className="field-error">{one.error}</div>}</td>
        </tr>
      ))}</tbody>
    </table>
  );
}
