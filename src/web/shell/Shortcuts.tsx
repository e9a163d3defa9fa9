/** `?` and what it says: the keys that pages know. */
import { useEffect, useRef } from 'react';

const KEYS = [['j, k', 'next, previous row or result'], ['Enter', 'open the row'], ['/', 'filter or search'], ['?', 'this help'], ['Esc', 'leave the filter, close']] as const;

/** Whether a key press belongs to a field that is being typed in, or to a dialog. */
export const isTyping = (event: KeyboardEvent): boolean =>
  event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable], dialog *'));

export function Shortcuts() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const field = event.target instanceof HTMLElement && event.target.matches('[data-search]') ? event.target : null;
      // A field of type search empties itself first.
      if (field && event.key === 'Escape' && (field as HTMLInputElement).value === '') field.blur();
      if (isTyping(event)) return;
      if (event.key === '?') dialog.current?.showModal();
      const search = event.key === '/' ? document.querySelector<HTMLElement>('[data-search]') : null;
      if (!search) return;
      event.preventDefault();
      search.focus();
    };
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  }, []);
  return (
    <>
      <button type="button" className="button button-small keyboard-help" aria-label="Keyboard help" title="Keyboard help" onClick={() => dialog.current?.showModal()}>?</button>
      <dialog ref={dialog} className="help" aria-label="Keyboard help">
        <h2>Keyboard</h2>
        <dl className="facts">{KEYS.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}</dl>
        <form method="dialog"><button className="button">Close</button></form>
      </dialog>
    </>
  );
}
