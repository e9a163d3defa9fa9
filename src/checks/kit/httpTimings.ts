/** Moments of a request and what a result says about them (B.17). */

/** Moments of one hop in ms of a monotonic clock: begun, socket asked for, name resolved, TCP connected, head of the answer read. */
export interface HopMarks { begun: number; socket: number; lookup: number; connect: number; response: number }

/** ms from the start of the whole request. */
export interface Timings { socket: number; lookup: number; connect: number; response: number; end: number }

/** ms each. TLS (and the way through a proxy) is inside `firstByte`. */
export interface TimingPhases { wait: number; dns: number; tcp: number; firstByte: number; download: number; total: number }

/**
 * The phases of the last hop and the total over all hops. `end`, `total` and the response time are one whole number of ms;
 * the moments before it keep three decimals, or everything on a near host would read as zero.
 */
export function timingsOf(start: number, last: HopMarks, ended: number): { timings: Timings; timingPhases: TimingPhases } {
  const end = Math.max(0, Math.round(ended - start));
  // No moment may lie behind the rounded end, or `download` would be negative.
  const offset = (mark: number) => fine(Math.min(mark - start, end));
  const begun = offset(last.begun);
  const socket = offset(last.socket);
  const lookup = offset(last.lookup);
  const connect = offset(last.connect);
  const response = offset(last.response);
  return {
    timings: { socket, lookup, connect, response, end },
    timingPhases: {
      wait: fine(socket - begun), dns: fine(lookup - socket), tcp: fine(connect - lookup),
      firstByte: fine(response - connect), download: fine(end - response), total: end,
    },
  };
}

const fine = (ms: number) => Math.round(ms * 1000) / 1000;
