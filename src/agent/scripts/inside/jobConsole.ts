/** The console of a script: what is printed becomes lines of the job log, each at the level of its method (B.15). */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { Level } from './messages.ts';

const LEVELS: Readonly<Record<string, Level>> = { debug: 'DEBUG', trace: 'DEBUG', warn: 'WARN', assert: 'ERROR', error: 'ERROR' };

/** Puts `say` behind every method of `target`: tables, groups, counters and timers too. */
export function speakThrough(target: Console, say: (text: string, level: Level) => void): void {
  let level: Level = 'INFO';
  const out = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      say(String(text).replace(/\n$/, ''), level);
      done();
    },
  });
  const printing = new Console({ stdout: out, stderr: out, colorMode: false });
  const methods = printing as unknown as Record<string, unknown>;
  for (const name of Object.keys(printing)) {
    const method = methods[name];
    if (typeof method !== 'function') continue;
    (target as unknown as Record<string, unknown>)[name] = (...said: unknown[]): void => {
      level = LEVELS[name] ?? 'INFO';
      method.apply(printing, said);
    };
  }
}
