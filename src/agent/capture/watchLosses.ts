/** How many packets the kernel had no room for, and when: asked of tcpdump now and then, so that a run hears of those of its own time only. */

export interface Losses {
  /** Packets lost since Unix ms, as far as it can be told; asks now. */
  since(ms: number): Promise<number>;
  stop(): void;
}

const EVERY_MS = 1_000;
/** Samples that are kept. */
const MOST = 1_000;

/** @param dropped packets lost so far; null when that cannot be told. @param newestMs Unix ms of the newest packet: the clock of the capture itself. */
export function watchLosses(dropped: () => Promise<number | null>, newestMs: () => number): Losses {
  const samples: { atMs: number; dropped: number }[] = [];
  const sample = async () => {
    const atMs = newestMs();
    const count = await dropped();
    if (count === null) return;
    samples.push({ atMs, dropped: count });
    if (samples.length > MOST) samples.shift();
  };
  const timer = setInterval(() => void sample(), EVERY_MS);
  return {
    async since(ms) {
      const before = () => samples.findLast(({ atMs }) => atMs <= ms) ?? samples[0];
      await sample();
      return (samples.at(-1)?.dropped ?? 0) - (before()?.dropped ?? 0);
    },
    stop: () => clearInterval(timer),
  };
}
