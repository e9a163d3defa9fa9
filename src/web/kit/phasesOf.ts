/** Where the time of a run went, as stretches on one axis. Pure; decides nothing about the run. */

/** What a stretch is spent on; gives its bar its colour. */
export type PhaseKind = 'before' | 'wait' | 'dns' | 'connect' | 'answer' | 'data';
/** `from` and `took` in ms since the beginning of the run. */
export interface Phase { name: string; kind: PhaseKind; from: number; took: number }
export interface Timeline { phases: Phase[]; total: number }

/** Of an HTTP result (B.17), in ms: moments since the start of the request, and how long each phase of its last hop took. */
export interface HttpTimes {
  timings?: Partial<Record<'socket' | 'lookup' | 'connect' | 'response' | 'end', number>>;
  timingPhases?: Partial<Record<'wait' | 'dns' | 'tcp' | 'firstByte' | 'download' | 'total', number>>;
}

/** @returns null where nothing was measured. `secure`: a TLS handshake is a part of the wait for the first byte. */
export function httpTimeline({ timings, timingPhases }: HttpTimes, secure: boolean): Timeline | null {
  if (!timings || !timingPhases) return null;
  const { wait = 0, dns = 0, tcp = 0, firstByte = 0, download = 0, total = 0 } = timingPhases;
  const begun = Math.max(0, (timings.socket ?? 0) - wait);
  const hop = inARow([
    ['Wait for a socket', 'wait', wait], ['DNS', 'dns', dns], ['TCP connect', 'connect', tcp],
    [secure ? 'TLS, send, first byte' : 'Send, first byte', 'answer', firstByte], ['Download', 'data', download],
  ], begun);
  // The clock of the first hop starts with the run: what lies before the last one are the hops that led to it.
  const before: Phase[] = begun >= 0.5 ? [{ name: 'Redirects before', kind: 'before', from: 0, took: begun }] : [];
  return { phases: [...before, ...hop], total };
}

/** Phases that follow each other without a gap. @param parts name, kind and ms of each @param from ms at which the first begins */
export function inARow(parts: readonly (readonly [name: string, kind: PhaseKind, took: number])[], from = 0): Phase[] {
  let at = from;
  return parts.map(([name, kind, took]) => {
    const phase = { name, kind, from: at, took };
    at += took;
    return phase;
  });
}

/** At most six round values from 0 on that divide an axis. @param end where the axis ends, in any unit; @returns [0] for an axis of no length. */
export function ticksOf(end: number): number[] {
  if (!(end > 0) || !Number.isFinite(end)) return [0];
  const rough = end / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((round) => round * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
