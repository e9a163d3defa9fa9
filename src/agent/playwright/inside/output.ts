/** What user code prints, with the level that it was printed at. It still goes where it would have gone: reports have it too. */
import { stripVTControlCharacters } from 'node:util';
import type { LogLevel } from '../../../protocol/outcome.ts';
import { cutText } from './cutText.ts';
import type { Tell } from './tell.ts';

const METHODS = { log: 'INFO', info: 'INFO', debug: 'DEBUG', trace: 'DEBUG', dir: 'INFO', table: 'INFO', warn: 'WARN', error: 'ERROR', assert: 'ERROR' } satisfies Record<string, LogLevel>;
/** Characters of one line of the job log. */
const LONGEST = 64 * 1024;

/** @param now whether what is printed at this moment is the user's. */
export function speakFor(tell: Tell, now: () => boolean): void {
  let level: LogLevel | null = null;
  for (const [method, its] of Object.entries(METHODS)) {
    const original = console[method as keyof typeof METHODS] as (...given: unknown[]) => void;
    const spoken = (...given: unknown[]) => {
      const before = level;
      level ??= its;
      try {
        original.apply(console, given);
      } finally {
        level = before;
      }
    };
    Object.defineProperty(console, method, { value: spoken, configurable: true, writable: true, enumerable: true });
  }
  for (const [stream, otherwise] of [[process.stdout, 'INFO'], [process.stderr, 'ERROR']] as const) {
    let write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
    const spoken = (chunk: unknown, ...rest: unknown[]) => {
      if (now()) tell({ on: 'line', level: level ?? otherwise, text: textOf(chunk) });
      return write(chunk, ...rest);
    };
    // Playwright's workers put a function of their own there: it comes after ours.
    Object.defineProperty(stream, 'write', { configurable: true, enumerable: true, get: () => spoken, set: (other: typeof write) => { write = other.bind(stream); } });
  }
}

function textOf(chunk: unknown): string {
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString();
  // Colours are for terminals.
  return cutText(stripVTControlCharacters(text), LONGEST);
}
