/** Cursors of lists that are ordered by a moment and then by an id: opaque to whoever is given one. */
import { refuse } from '../contract/errors.ts';

/** `at`: Unix ms. */
export interface Keyset { at: number; id: string }

const FORM = /^(\d{1,16})\.([0-9a-f-]{36})$/;

export const writeCursor = ({ at, id }: Keyset): string => Buffer.from(`${at}.${id}`).toString('base64url');

/** @param name of the parameter that holds it. 400 for what no list has given. */
export function readCursor(text: string, name: 'nextId' | 'prevId' = 'nextId'): Keyset {
  const match = FORM.exec(Buffer.from(text, 'base64url').toString());
  if (!match?.[1] || !match[2]) throw refuse.badRequest(`querystring/${name} is not a cursor of this list.`);
  return { at: Number(match[1]), id: match[2] };
}
