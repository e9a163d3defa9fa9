/** Calls the engine's expire again and again, one round at a time; a round that fails is logged and the next one comes. */
import type { Logger } from 'pino';

const EVERY_MS = 1_000;

export function startSweep(expire: () => Promise<number>, log: Logger): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let round: Promise<void> = Promise.resolve();
  const turn = () => {
    round = expire().then((moved) => { if (moved > 0) log.info({ moved }, 'Ended or moved runs that nobody reported about'); },
      (error: unknown) => { log.error({ err: error }, 'A sweep failed'); })
      .then(() => { if (!stopped) timer = setTimeout(turn, EVERY_MS); });
  };
  timer = setTimeout(turn, EVERY_MS);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
