/** Secrets that give themselves away: random letters inside of them stay as they are in every encoding but base64. */
import { randomBytes } from 'node:crypto';

export interface Canary {
  /** Where it is put. */
  name: string;
  value: string;
  /** The random parts; none of them may be found anywhere. */
  marks: string[];
}

/** @param shape the secret, made of one mark or several and of whatever characters are to be tried. */
export function canary(name: string, shape: (mark: () => string) => string): Canary {
  const marks: string[] = [];
  const value = shape(() => {
    const mark = `q${BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36).padStart(13, 'z').slice(-9)}`;
    marks.push(mark);
    return mark;
  });
  return { name, value, marks };
}

/** Something of an existing value, such as a key that the server made. */
export const canaryOf = (name: string, value: string): Canary => ({ name, value, marks: [value] });

/** The characters of base64 that a text decides alone, for each of the three places where it can start. */
function base64Cores(text: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + text).toString('base64');
    const core = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + text.length) * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** What is found of the canaries: a line for each, with what stands around it. */
export function findLeaks(canaries: readonly Canary[], bytes: Buffer | string, where: string): string[] {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1');
  const lower = text.toLowerCase();
  const around = (at: number) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));
  return canaries.flatMap(({ name, marks }) => marks.flatMap((mark) => {
    const plain = lower.indexOf(mark.toLowerCase());
    const encoded = base64Cores(mark).map((core) => text.indexOf(core)).find((at) => at >= 0);
    return [
      ...(plain >= 0 ? [`${name}, in ${where}: ${around(plain)}`] : []),
      ...(encoded === undefined ? [] : [`${name} in base64, in ${where}: ${around(encoded)}`]),
    ];
  }));
}
