/** A small table that stays a table on a phone: for few narrow columns. */
import type { ReactNode } from 'react';
import './DataTable.css';

/** `number`: aligned to the right, and no wider than it must be. */
export interface Column { name: string; number?: boolean }

export function DataTable({ columns, rows }: { columns: readonly Column[]; rows: readonly (readonly ReactNode[])[] }) {
  const classOf = (at: number) => (columns[at]?.number ? 'number' : undefined);
  return (
    <table className="data">
      <thead><tr>{columns.map(({ name }, at) => <th key={name} scope="col" className={classOf(at)}>{name}</th>)}</tr></thead>
      <tbody>{rows.map((cells, index) => <tr key={index}>{cells.map((cell, at) => <td key={at} className={classOf(at)}>{cell}</td>)}</tr>)}</tbody>
    </table>
  );
}
