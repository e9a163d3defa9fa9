/** A text within a line: the beginning of a long one, and all of it when asked for. Shown as text whatever it contains. */
import { useState } from 'react';

/** Characters shown unasked. */
const SHOWN = 300;

/** @param fromEnd the end of the text is what counts. */
export function LongText({ text, fromEnd = false }: { text: string; fromEnd?: boolean }) {
  const [all, setAll] = useState(false);
  if (all || text.length <= SHOWN) return text;
  const more = <button type="button" className="button button-small" onClick={() => setAll(true)}>all {text.length.toLocaleString('en')} characters</button>;
  return fromEnd ? <>{more} …{text.slice(-SHOWN)}</> : <>{text.slice(0, SHOWN)}… {more}</>;
}
