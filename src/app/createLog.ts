/** The structured log: JSON lines on standard output, or in a file where a terminal is to stay readable. */
import { pino, type Logger } from 'pino';
import type { LogLevel } from './settings.ts';

/** @param file absent: standard output. */
export function createLog(level: LogLevel, file?: string): Logger {
  return pino({ level }, pino.destination({ dest: file ?? 1, sync: true, mode: 0o600 }));
}
