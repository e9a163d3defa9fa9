/** Does something again and again, one round at a time; a round that fails is logged and the next one comes. */
import type { Logger } from 'pino';

const EVERY_MS = 1_000;

export interface Sweep { stop(): Promise<void> }
/** @param round returns how much it has done. @param says what that was, for the log. @param restMs between two rounds, after one that had nothing to do. */
export function startSweep(round: () => Promise<number>, says: string, log: Logger, restMs: number = EVERY_MS): Sweep {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const turn = () => {
    running = round().then((moved) => {
      if (moved > 0) log.info({ moved }, says);
      return moved > 0 ? EVERY_MS : restMs;
    }, (error: unknown) => {
      log.error({ err: error }, 'A sweep failed');
      return restMs;
    }).then((rest) => { if (!stopped) timer = setTimeout(turn, rest); });
  };
  timer = setTimeout(turn, EVERY_MS);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
