/** Where on a video's time line the steps of a test are. */
import { testsIn, type Step, type Suite, type Try } from './report.ts';

/** Seconds from the video's beginning. */
export interface Marker { at: number; title: string; failed: boolean }
export interface FoundTry { one: Try; titles: readonly string[] }

/** The try that lists the file as its own. @param name as the file was kept: the end of the path. @param only whether it is the run's only video. */
export function tryOfFile(suites: readonly Suite[], name: string, only: boolean): FoundTry | null {
  const tries = testsIn(suites).flatMap(({ titles, test }) => test.tries.map((one) => ({ one, titles: [...titles.slice(1), test.title] })));
  const found = name === '' ? undefined : tries.find(({ one }) => one.files.some((path) => path.endsWith(`/${name}`)));
  return found ?? (only && tries.length === 1 ? tries[0] ?? null : null);
}

/**
 * A video begins when its page is made, and ends when that is closed. @param loose steps of a script without tests. @param seconds its length.
 * Where no step has a time there is one marker for each failed try: its end.
 */
export function markersOf(found: FoundTry | null, loose: readonly Step[], seconds: number): Marker[] {
  const steps = flat(found?.one.steps ?? loose).filter(({ at }) => at !== null);
  const end = found ? found.one.startedAt + found.one.ms : Math.max(...steps.map(({ at }) => at ?? 0));
  const begin = end - seconds * 1_000;
  const markers = steps.map(({ title, failed, at }): Marker => ({ title, failed, at: within(((at ?? 0) - begin) / 1_000, seconds) }));
  return markers.sort((one, other) => one.at - other.at);
}

const flat = (steps: readonly Step[]): Step[] => steps.flatMap((step) => (step.steps.length > 0 ? [...flat(step.steps), step] : [step]));
const within = (value: number, most: number): number => Math.min(most, Math.max(0, value));
