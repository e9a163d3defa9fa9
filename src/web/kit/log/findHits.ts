/** Text search in lines, in turns that hold up no frame. Letter case does not matter. */
import type { Line } from './lines.ts';

/** ms of one turn. */
const TURN_MS = 8;
const AT_A_TIME = 256;

/** The place of each part that matches, in a text. */
export function placesOf(text: string, wanted: string): number[] {
  const places: number[] = [];
  if (wanted === '') return places;
  const low = text.toLowerCase();
  // Letters that change their length with their case would shift every place behind them.
  const within = low.length === text.length ? low : text;
  for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, at + wanted.length)) places.push(at);
  return places;
}

/** @param shown the lines to look at, by number; null: all. @param wanted in lower case. @param tell hears the positions in `shown` of the lines that match, so far and in the end. @returns how to stop. */
export function findHits(lines: readonly Line[], shown: Uint32Array | null, wanted: string, tell: (hits: number[], done: boolean) => void): () => void {
  const count = shown?.length ?? lines.length;
  const hits: number[] = [];
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const turn = () => {
    const until = performance.now() + TURN_MS;
    while (next < count && performance.now() < until) {
      for (const end = Math.min(count, next + AT_A_TIME); next < end; next++) {
        const text = lines[shown?.[next] ?? next]?.text ?? '';
        if (text.toLowerCase().includes(wanted)) hits.push(next);
      }
    }
    const done = next >= count;
    if (!done) timer = setTimeout(turn);
    tell([...hits], done);
  };
  turn();
  return () => clearTimeout(timer);
}
