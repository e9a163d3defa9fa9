/** Where needles stand in a text, whole or as a cut has left them, and the text without them. */
import type { Needle } from './needles.ts';

/** Nobody cuts a text shorter than this without saying so. */
const SHORTEST_CUT = 180;
/** A text up to this length may be a sentence with several quotations in it that were cut. */
const LONGEST_SENTENCE = 2_000;
/** Characters before a cut in which the beginning of a secret is looked for; within longer texts only previews were cut. */
const BEFORE_CUT = 4_000;
const BEFORE_PREVIEW_CUT = 1_000;
/** Of a text that is made of ellipses not every one is a cut. */
const MOST_CUTS = 200;
/** The sign itself, its bytes read one by one, and JSON in ASCII. */
const ELLIPSIS = /\u2026|\u00e2\u0080\u00a6|\\u2026/g;

/**
 * `mask` (of the length of what it stands for) in place of every needle. Every occurrence of every needle is looked for in the original
 * text and the places are united: of two secrets that overlap nothing may remain, whichever begins first.
 */
export function replacePlaces(text: string, needles: readonly Needle[], mask: (length: number) => string): string {
  const places = placesIn(text, needles);
  if (places.length === 0) return text;
  places.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const out: string[] = [];
  let [from, end] = places[0]!;
  let done = 0;
  const replace = () => {
    out.push(text.slice(done, from), mask(end - from));
    done = end;
  };
  for (const [start, stop] of places) {
    // Places that touch are one: a long secret is found in pieces.
    if (start > end) {
      replace();
      from = start;
      end = stop;
    } else end = Math.max(end, stop);
  }
  replace();
  out.push(text.slice(done));
  return out.join('');
}

/** Colours, which differences between two texts put anywhere; in texts that were JSON before, too. */
const COLOUR = /(?:\x1b|\\{1,8}u001[bB]|\\{1,8}x1[bB])\[[\d;]{0,12}m/g;

function placesIn(text: string, needles: readonly Needle[]): [start: number, end: number][] {
  const places = placesAsItIs(text, needles);
  if (!text.includes('\x1b[') && !/[ux]001b\[|x1b\[/i.test(text)) return places;
  // Once more without the colours; each piece that is left knows where it was.
  const pieces: { at: number; was: number }[] = [];
  let plain = '';
  let done = 0;
  const keep = (end: number) => {
    pieces.push({ at: plain.length, was: done });
    plain += text.slice(done, end);
  };
  for (const { index, 0: colour } of text.matchAll(COLOUR)) {
    if (index > done) keep(index);
    done = index + colour.length;
  }
  keep(text.length);
  const origin = (at: number) => {
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (pieces[middle]!.at <= at) low = middle;
      else high = middle - 1;
    }
    return pieces[low]!.was + at - pieces[low]!.at;
  };
  for (const [start, end] of placesAsItIs(plain, needles)) places.push([origin(start), origin(end - 1) + 1]);
  return places;
}

function placesAsItIs(text: string, needles: readonly Needle[]): [start: number, end: number][] {
  const places: [number, number][] = [];
  const cuts = cutsIn(text);
  for (const needle of needles) {
    collect(text, needle.whole, places);
    for (const { at, before, resumes } of cuts) {
      const start = needle.cutOff(before);
      if (start >= 0) places.push([at - before.length + start, at]);
      const length = resumes === null ? -1 : needle.cutOn(text, resumes);
      if (length > 0) places.push([resumes!, resumes! + length]);
    }
  }
  return places;
}

interface Cut { at: number; before: string; /** Where the text goes on after the ellipsis; null: it ends here. */ resumes: number | null }

/** Where a text may have been cut before it came here: at its end, and at each ellipsis. Half a secret is one, too. */
function cutsIn(text: string): Cut[] {
  const cuts: Cut[] = [];
  const reach = text.length <= LONGEST_SENTENCE ? BEFORE_CUT : BEFORE_PREVIEW_CUT;
  const cutAt = (at: number, width: number, resumes: number | null) => cuts.push({ at, before: text.slice(Math.max(0, at - width), at), resumes });
  if (text.length >= SHORTEST_CUT) cutAt(text.length, BEFORE_CUT, null);
  for (const { index, 0: sign } of text.matchAll(ELLIPSIS)) {
    cutAt(index, index + sign.length === text.length ? BEFORE_CUT : reach, index + sign.length);
    if (cuts.length > MOST_CUTS) break;
  }
  return cuts;
}

function collect(text: string, needle: Needle['whole'], places: [number, number][]): void {
  if (typeof needle === 'string') {
    // Next to itself, not over itself: "aaaa" twice in "aaaaaa" is covered by its own reach.
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) places.push([at, at + needle.length]);
    return;
  }
  needle.lastIndex = 0;
  for (let match = needle.exec(text); match; match = needle.exec(text)) {
    places.push([match.index, match.index + match[0].length]);
    needle.lastIndex = match.index + 1;
  }
}
