/** Tabs by the pattern that screen readers and keyboards know: arrows move, one is chosen. */
import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

export interface Tab { id: string; label: ReactNode; content: ReactNode }

export function Tabs({ tabs, chosen, choose, label }: { tabs: readonly Tab[]; chosen: string; choose: (id: string) => void; label: string }) {
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const index = Math.max(0, tabs.findIndex(({ id }) => id === chosen));
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step && tabs[(index + step + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    choose(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next.id)}"]`)?.focus();
  };
  const current = tabs[index];
  return (
    <div>
      <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map(({ id, label: name }, i) => (
          <button key={id} type="button" role="tab" data-tab={id} id={`${base}-${i}`} aria-selected={i === index} aria-controls={`${base}-panel`} tabIndex={i === index ? 0 : -1} onClick={() => choose(id)}>{name}</button>
        ))}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${index}`}>{current?.content}</div>
    </div>
  );
}
