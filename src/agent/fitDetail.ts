/** Makes what a probe left fit for the wire: plain JSON, without secrets, of a bounded size. */
import type { Redactor } from '../checks/kit/redact.ts';
import type { Detail } from '../protocol/outcome.ts';

/** Bytes of a detail as JSON. */
export const DETAIL_LIMIT = 2 * 1024 * 1024;
/** Characters that each text keeps when the detail is too large. */
const CUT_TEXT = 8 * 1024;

export interface FittedDetail {
  detail: Detail;
  /** What had to go, as a line for the job log; null when nothing had. */
  notice: string | null;
}

/**
 * Scrubs first and cuts then: half a secret would not be recognised. Too large a detail keeps its shape and the beginnings of
 * its texts; one that is too large even so is left out. Throws for what is no JSON object.
 */
export function fitDetail(left: Detail, redactor: Redactor): FittedDetail {
  const json = JSON.stringify(left) as string | undefined;
  const plain: unknown = json === undefined ? undefined : JSON.parse(json);
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) throw new TypeError('The probe left no object as its detail.');
  const detail = redactor.value(plain as Detail);
  const bytes = Buffer.byteLength(detail === plain ? json as string : JSON.stringify(detail));
  if (bytes <= DETAIL_LIMIT) return { detail, notice: null };
  const short = JSON.stringify(detail, (_key, value: unknown) => (typeof value === 'string' ? cut(value) : value));
  if (Buffer.byteLength(short) <= DETAIL_LIMIT) {
    return { detail: JSON.parse(short) as Detail, notice: `The details of this run are ${bytes} bytes long: their texts were cut.` };
  }
  return { detail: {}, notice: `The details of this run are ${bytes} bytes long and were left out.` };
}

const cut = (text: string): string => (text.length <= CUT_TEXT ? text : `${text.slice(0, CUT_TEXT)}… (${text.length - CUT_TEXT} more characters were cut)`);
