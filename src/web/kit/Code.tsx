/** Text as it is, in a frame of its own that scrolls. Shown as text whatever it contains. */
import { CopyButton } from './CopyButton.tsx';

export function Code({ text, label, copy = true }: { text: string; label: string; copy?: boolean }) {
  return (
    <div className="code">
      {copy && <CopyButton text={text} />}
      <pre tabIndex={0} aria-label={label}>{text}</pre>
    </div>
  );
}
