/** Where on a video's time line the steps of a test are. */
import { isSetUp, testsIn, type Outcome, type Step, type Suite, type Try } from './report.ts';

/** Seconds from the video's beginning. */
export interface Marker { at: number; title: string; failed: boolean }
export interface FoundTry { one: Try; titles: readonly string[]; outcome: Outcome }

/** The try that lists the file as its own. @param name as the file was kept: the end of the path. @param only whether it is the run's only video. */
export function tryOfFile(suites: readonly Suite[], name: string, only: boolean): FoundTry | null {
  const tries = testsIn(suites).flatMap(({ titles, test }) => test.tries.map((one) => ({ one, titles: [...titles.slice(1), test.title], outcome: test.outcome })));
  const found = name === '' ? undefined : tries.find(({ one }) => one.files.some((path) => path.endsWith(`/${name}`)));
  return found ?? (only && tries.length === 1 ? tries[0] ?? null : null);
}

/** What Playwright itself does before and after a test, by the titles that it gives. */
const OPENS = /^(?:Create page|browser(?:Context)?\.newPage)\b/;
const CLOSES = /^(?:Close (?:context|page|browser)|(?:page|browser|browserContext)\.close)\b/;

/** Addresses of files, those of tries that failed and the others; of the failed ones those that failed their test stand first. @param nameOf the name under which one was kept. */
export function failedFirst(suites: readonly Suite[], addresses: readonly string[], nameOf: (address: string) => string): [failed: string[], others: string[]] {
  const rankOf = (address: string): number => {
    const found = tryOfFile(suites, nameOf(address), false);
    return !found || found.one.status === 'passed' || found.one.status === 'skipped' ? 2 : found.outcome === 'unexpected' ? 0 : 1;
  };
  const ranked = (rank: number) => addresses.filter((address) => rankOf(address) === rank);
  return [[...ranked(0), ...ranked(1)], ranked(2)];
}

/**
 * A video begins while its page is made and ends when that is closed; a last picture that is younger than a second is shown longer. @param all
 * its steps. @param seconds its length. @returns nothing where no step has a time.
 */
export function markersOf(found: FoundTry | null, all: readonly Step[], seconds: number): Marker[] {
  const steps = flat(all).flatMap(({ at, ...step }) => (at === null ? [] : [{ ...step, at }]));
  const [opened, closed] = [steps.find(({ title }) => OPENS.test(title)), steps.findLast(({ title }) => CLOSES.test(title))];
  const end = closed ? closed.at - closed.ms : found ? found.one.startedAt + found.one.ms : Math.max(...steps.map(({ at }) => at));
  const begin = Math.max(end - seconds * 1_000, opened ? opened.at - opened.ms : 0);
  return steps.filter((step) => step.at > begin && step.at <= end && !isSetUp(step) && !CLOSES.test(step.title))
    .map(({ title, failed, at }): Marker => ({ title, failed, at: Math.min(seconds, (at - begin) / 1_000) })).sort((one, other) => one.at - other.at);
}

const flat = (steps: readonly Step[]): Step[] => steps.flatMap((step) => (step.steps.length > 0 ? [...flat(step.steps), step] : [step]));
