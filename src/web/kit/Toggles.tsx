/** Words that are switched on and off, several at once. */
import type { ReactNode } from 'react';
import './toggles.css';

export interface Toggle<T extends string> { value: T; label: ReactNode; count?: number }

/** @param chosen none means all. */
export function Toggles<T extends string>({ label, all, chosen, choose }: { label: string; all: readonly Toggle<T>[]; chosen: readonly string[]; choose: (values: T[]) => void }) {
  const flip = (value: T) => choose(all.map((one) => one.value).filter((one) => (one === value) !== chosen.includes(one)));
  return (
    <div className="toggles" role="group" aria-label={label}>
      {all.map(({ value, label: text, count }) => (
        <button key={value} type="button" className="toggle" aria-pressed={chosen.includes(value)} onClick={() => flip(value)}>
          {text}{count !== undefined && <span className="toggle-count">{count}</span>}
        </button>
      ))}
    </div>
  );
}
