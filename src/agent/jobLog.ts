/** Collects the job log of one run: scrubbed, in order, and not without end (C.11). */
import type { JobLog, LogEntry, LogLevel, LogPhase } from '../protocol/outcome.ts';

/** Bytes of a whole job log. */
export const LOG_LIMIT = 1024 * 1024;
const CUT_NOTICE = 'The job log ends here: it is longer than 1 MB.';
/** Around a message as JSON: time, level, names. A flood of empty lines counts too. */
const ENTRY_BYTES = 64;

export interface JobLogWriter {
  add(level: LogLevel, msg: string, phase: LogPhase): void;
  /** What was collected; lines that come later are dropped. */
  close(): JobLog;
}

/** `scrub` takes the secrets out of a line before it is cut: half a secret would not be recognised. `now` in Unix ms. `watch` hears each entry as it is kept. */
export function createJobLog(scrub: (text: string) => string, now: () => number, watch: (entry: LogEntry) => void = () => {}): JobLogWriter {
  const log: JobLog = { setup: [], request: [], teardown: [] };
  let room = LOG_LIMIT - 2 * ENTRY_BYTES - CUT_NOTICE.length;
  let open = true;
  const keep = (phase: LogPhase, entry: LogEntry) => {
    log[phase].push(entry);
    watch(entry);
  };
  return {
    add(level, msg, phase) {
      if (!open) return;
      const text = scrub(String(msg));
      room -= ENTRY_BYTES + Buffer.byteLength(text);
      if (room >= 0) keep(phase, { time: now(), msg: text, level });
      else {
        const rest = room + Buffer.byteLength(text);
        if (rest > 0) keep(phase, { time: now(), msg: beginning(text, rest), level });
        keep(phase, { time: now(), msg: CUT_NOTICE, level: 'WARN' });
        open = false;
      }
    },
    close() {
      open = false;
      return log;
    },
  };
}

/** At most `bytes` of UTF-8, cut between characters. */
function beginning(text: string, bytes: number): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read);
}
