/** Names and values as they were sent: headers, query parameters, metadata. What was masked before it was stored says so. */
import { LongText } from './LongText.tsx';
import './HeaderTable.css';

export type Pair = readonly [name: string, value: string];

/** @param label what it is a table of, read out. */
export function HeaderTable({ pairs, label }: { pairs: readonly Pair[]; label: string }) {
  return (
    <table className="pairs" aria-label={label}>
      <tbody>{pairs.map(([name, value], index) => (
        <tr key={index}><th scope="row">{name}</th><td className="wrap">{value === '******' ? <span className="muted" title="A secret: its value was not stored">****** <span className="visually-hidden">masked</span></span> : <LongText text={value} />}</td></tr>
      ))}</tbody>
    </table>
  );
}
