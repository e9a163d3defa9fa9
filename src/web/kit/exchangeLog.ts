/** What only the job log tells of an HTTP exchange: the hops that led to the answer, and how long its body was. Pure. */

export interface LogLine { time: number; level: string; msg: string }
/** Of API and URL checks (B.17). */
export type PhasedLog = Partial<Record<'setup' | 'request' | 'teardown', readonly LogLine[] | null>>;
/** A redirect: the status of the answer, and where it led. */
export interface Hop { status: number; method: string; url: string }

const REDIRECT = /^(\d{3}) redirects to ([A-Z]+) (\S+)$/;
const SIZE = /^\d{3} .*in \d+ ms, (\d+) bytes of /;

/** In the order in which they were followed. */
export function hopsOf(log: PhasedLog | null | undefined): Hop[] {
  return (log?.request ?? []).flatMap(({ msg }) => {
    const found = REDIRECT.exec(msg);
    return found ? [{ status: Number(found[1]), method: found[2] ?? '', url: found[3] ?? '' }] : [];
  });
}

/** Bytes of the body as it was read, after decoding; null where no line says so. */
export function receivedBytes(log: PhasedLog | null | undefined): number | null {
  const said = (log?.request ?? []).map(({ msg }) => SIZE.exec(msg)?.[1]).filter((bytes) => bytes !== undefined);
  return said.length === 0 ? null : Number(said.at(-1));
}
