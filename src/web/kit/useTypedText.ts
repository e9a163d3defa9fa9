/** A field's text that is told on only once the typing rests, and that follows what others set meanwhile. */
import { useEffect, useRef, useState } from 'react';

const REST_MS = 300;

/** @param value as it is known outside. @param tell hears of texts that differ from it. @returns text and setter for the field. */
export function useTypedText(value: string, tell: (text: string) => void): [text: string, type: (text: string) => void] {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const told = useRef(value);
  const latest = useRef(tell);
  useEffect(() => { latest.current = tell; });
  useEffect(() => {
    // What this field has told itself comes back from outside: the reader may have typed on since.
    if (value === told.current) return;
    told.current = value;
    clearTimeout(timer.current);
    setText(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [text, (next) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      told.current = next;
      latest.current(next);
    }, REST_MS);
  }];
}
