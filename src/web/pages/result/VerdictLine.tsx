/** What the page is for: the verdict, and its reason in one sentence. Read out when it changes. */
import { Mark } from '../../kit/Mark.tsx';
import type { Reason } from './reasonOf.ts';

export const VerdictLine = ({ reason: { verdict, sentence } }: { reason: Reason }) => (
  <p className={`verdict verdict-${verdict}`} aria-live="polite"><Mark of={verdict} /> <span className="verdict-sentence">{sentence}</span></p>
);
