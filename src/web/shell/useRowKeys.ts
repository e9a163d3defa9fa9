/** `j` and `k` move the focus over the rows of a page (elements with `data-row`), Enter in the search goes to the first; the focused row opens with Enter as any link does. */
import { useEffect } from 'react';
import { isTyping } from './Shortcuts.tsx';

export function useRowKeys(): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      // In a form Enter sends it.
      const fromSearch = event.key === 'Enter' && event.target instanceof HTMLElement && event.target.matches('[data-search]') && !event.target.closest('form');
      const step = fromSearch ? 1 : { j: 1, k: -1 }[event.key];
      if (step === undefined || (isTyping(event) && !fromSearch)) return;
      const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
      const at = rows.findIndex((row) => row === document.activeElement);
      const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
      if (fromSearch) event.preventDefault();
      next?.focus();
      next?.scrollIntoView({ block: 'nearest' });
    };
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  }, []);
}
