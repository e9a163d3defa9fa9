/** Puts a text on the clipboard and says so. */
import { useEffect, useState } from 'react';

const SAID_MS = 1_500;

/** `text` is made when it is asked for. Where pages may not write to the clipboard (no HTTPS), the text is selected in a prompt. */
export function CopyButton({ text, label = 'Copy' }: { text: string | (() => string); label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    const value = typeof text === 'string' ? text : text();
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      window.prompt('Copy this text:', value);
    }
  };
  return <button type="button" className="button button-small" onClick={() => void copy()} aria-live="polite">{copied ? 'Copied' : label}</button>;
}
