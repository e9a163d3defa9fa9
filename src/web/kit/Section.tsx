/** A titled part of a page. */
import { useId, type ReactNode } from 'react';

export function Section({ title, note, actions, children }: { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <header className="section-head"><h2 id={id}>{title}</h2>{note && <span className="muted">{note}</span>}{actions && <div className="section-actions">{actions}</div>}</header>
      {children}
    </section>
  );
}

/** Names and values side by side; what is null, undefined, false or empty is left out. */
export function Facts({ items }: { items: readonly (readonly [name: string, value: ReactNode])[] }) {
  const there = items.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '');
  return <dl className="facts">{there.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}
