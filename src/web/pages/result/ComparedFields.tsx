/** The fields of two results in the order to read them in: path, what it was, what it is, and by how much a number has changed. */
import { useMemo } from 'react';
import { inLines, isLong, SECTIONS, type Field } from './compareResults.ts';
import { lineDiff } from './lineDiff.ts';

export function ComparedFields({ fields }: { fields: readonly Field[] }) {
  const sections = SECTIONS.map((section) => [section, fields.filter((field) => field.section === section)] as const).filter(([, list]) => list.length > 0);
  return (
    <table className="compared-table">
      <thead><tr><th scope="col">Field</th><th scope="col">Then</th><th scope="col">Now</th><th scope="col" className="number">Change</th></tr></thead>
      {sections.map(([section, list]) => (
        <tbody key={section}>
          <tr><th scope="rowgroup" colSpan={4} className="compared-section">{section}</th></tr>
          {list.map((field) => <Row key={field.path} field={field} />)}
        </tbody>
      ))}
    </table>
  );
}

const Path = ({ path }: { path: string }) => <code className="path">{path}</code>;

function Row({ field }: { field: Field }) {
  const { path, before, now, percent, same } = field;
  if (isLong(field) && !same) return <tr className="compared-long"><th scope="row"><Path path={path} /></th><td colSpan={3}><Lines path={path} before={textOf(before)} now={textOf(now)} /></td></tr>;
  return (
    <tr className={same ? 'compared-same' : undefined}>
      <th scope="row"><Path path={path} /></th><Side label="Then" value={before} unit={unitOf(field)} /><Side label="Now" value={now} unit={unitOf(field)} />
      <td className="number" data-label="Change">{percent === null || same ? '' : grown(percent)}</td>
    </tr>
  );
}

/** A shift of the layout is the only one among them that is no time. */
const unitOf = ({ section, path }: Field): string => (section === 'Timings' && !/\.CLS\b|score$/.test(path) ? ' ms' : '');

function Side({ label, value, unit }: { label: string; value: unknown; unit: string }) {
  return <td data-label={label}>{value === undefined ? <span className="muted">not there</span> : <code className="wrap">{textOf(value)}{typeof value === 'number' ? unit : ''}</code>}</td>;
}

const PERCENT = new Intl.NumberFormat('en', { maximumFractionDigits: 0, signDisplay: 'always' });
const grown = (percent: number): string => `${PERCENT.format(percent)} %`;

/** Texts as they are, everything else as JSON. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));

const LONGEST = 2_000;
const SIGNS = { same: ' ', added: '+', removed: '-' } as const;

function Lines({ path, before, now }: { path: string; before: string; now: string }) {
  const hunks = useMemo(() => lineDiff(...inLines(before, now)), [before, now]);
  if (hunks === null) return <p className="muted">The two are too different to be compared by lines: {before.length.toLocaleString('en')} characters then, {now.length.toLocaleString('en')} now.</p>;
  let left = LONGEST;
  return (
    <pre className="line-diff" tabIndex={0} role="group" aria-label={`Lines of ${path} that differ`}>
      {hunks.map((hunk, index) => {
        if (hunk.kind === 'folded') return <span key={index} className="line line-folded">{`… ${hunk.count.toLocaleString('en')} same ${hunk.count === 1 ? 'line' : 'lines'} …\n`}</span>;
        const lines = hunk.lines.slice(0, left);
        left -= lines.length;
        return lines.map(({ kind, text }, at) => <span key={`${index}.${at}`} className={`line line-${kind}`}>{`${SIGNS[kind]} ${text}\n`}</span>);
      })}
      {left <= 0 && <span className="line line-folded">{`… more lines than are shown here …\n`}</span>}
    </pre>
  );
}
