/** The lines of the bench and how they are printed. */

/** Texts are ready to be shown; `met` is null where nothing is aimed at. */
export interface Line { what: string; assay: string; peer: string; ratio: string; aim: string; met: boolean | null }

export type Aim = { atLeast: number } | { atMost: number };

const isMet = (aim: Aim, value: number): boolean => ('atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost);
const describeAim = (aim: Aim, unit: string): string => ('atLeast' in aim ? `≥ ${aim.atLeast}${unit}` : `≤ ${aim.atMost}${unit}`);

/** Assay beside a peer; without an aim the ratio is for reading only. */
export function ratioLine(what: string, assay: string, peer: string, ratio: number, aim?: Aim): Line {
  return { what, assay, peer, ratio: ratio.toFixed(2), aim: aim ? describeAim(aim, '') : '', met: aim ? isMet(aim, ratio) : null };
}

/** A figure that is held against a number instead of a peer. */
export function figureLine(what: string, value: number, unit: string, peer: string, aim?: Aim): Line {
  const digits = value < 100 ? 1 : 0;
  return { what, assay: `${value.toFixed(digits)}${unit}`, peer, ratio: '', aim: aim ? describeAim(aim, unit) : '', met: aim ? isMet(aim, value) : null };
}

export function missingLine(what: string, program: string): Line {
  return { what, assay: '', peer: `${program} is not installed`, ratio: '', aim: '', met: null };
}

export const perSecond = (value: number): string => `${Math.round(value)}/s`;
export const milliseconds = (value: number): string => `${value.toFixed(2)} ms`;

const HEADINGS: Line = { what: '', assay: 'Assay', peer: 'peer', ratio: 'ratio', aim: 'aim', met: null };
const COLUMNS = ['what', 'assay', 'peer', 'ratio', 'aim'] as const;

export function renderTable(lines: readonly Line[]): string {
  const all = [HEADINGS, ...lines];
  const widths = COLUMNS.map((column) => Math.max(...all.map((line) => line[column].length)));
  const verdict = ({ met }: Line) => (met === null ? '' : met ? 'met' : 'MISSED');
  return all.map((line) => [...COLUMNS.map((column, i) => line[column].padEnd(widths[i] ?? 0)), verdict(line)].join('  ').trimEnd()).join('\n');
}
