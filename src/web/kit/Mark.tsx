/** A verdict as shape, colour and word: never colour alone. */
import { VERDICT_WORDS, type Verdict } from './verdict.ts';

const SHAPES: Readonly<Record<Verdict, string>> = {
  passed: 'M3.5 8.5 6.5 11.5 12.5 4.5', degraded: 'M8 3v6M8 12.2v.3', failed: 'M4 4l8 8M12 4l-8 8', errored: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.2',
  cancelled: 'M3.5 8h9', running: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5',
};

/** @param bare the shape alone; its word is still read out. */
export function Mark({ of, bare = false }: { of: Verdict; bare?: boolean }) {
  return (
    <span className={`mark mark-${of}`} title={bare ? VERDICT_WORDS[of] : undefined}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d={SHAPES[of]} /></svg>
      <span className={bare ? 'visually-hidden' : undefined}>{VERDICT_WORDS[of]}</span>
    </span>
  );
}
