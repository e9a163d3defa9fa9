/** What went over the wire, as text and as bytes side by side. */
import { useMemo, useSyncExternalStore } from 'react';
import { CopyButton } from './CopyButton.tsx';
import { bytesOf, hexDumpOf } from './hexDumpOf.ts';
import { Remark } from './Remark.tsx';
import { sizeOf } from './sizes.ts';
import { TextBlocks } from './TextBlocks.tsx';
import './HexDump.css';

const NARROW = '(max-width: 44rem)';
const hear = (changed: () => void) => {
  const query = matchMedia(NARROW);
  query.addEventListener('change', changed);
  return () => query.removeEventListener('change', changed);
};

/** @param title what it was: a heading of the third level. @param truncated more came than is stored. */
export function WireText({ title, text, truncated = false }: { title: string; text: string; truncated?: boolean | undefined }) {
  const narrow = useSyncExternalStore(hear, () => matchMedia(NARROW).matches);
  const bytes = useMemo(() => bytesOf(text), [text]);
  const dump = useMemo(() => hexDumpOf(bytes, narrow ? 8 : 16), [bytes, narrow]);
  return (
    <div className="wire">
      <div className="wire-head"><h3>{title}</h3><span className="muted">{sizeOf(bytes.length)}{truncated ? ' stored, more was sent' : ''}</span>{text !== '' && <CopyButton text={text} />}</div>
      {text !== '' && <div className="wire-sides"><TextBlocks text={text} label={`${title}, as text`} /><TextBlocks text={dump} label={`${title}, as hex dump`} unwrapped /></div>}
      {text.includes('\ufffd') && <Remark>Bytes that are no UTF-8 were stored as U+FFFD, which is <code>ef bf bd</code>.</Remark>}
    </div>
  );
}
