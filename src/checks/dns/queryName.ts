/** The name a check asks for, brought into the form that goes over the wire. */
import { domainToASCII } from 'node:url';

const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;

/**
 * ASCII form of `text` without the final dot ('' is the root), or the sentence that says what is wrong with it.
 * International names become their `xn--` form; underscores are fine, as in `_dmarc.example.com`.
 */
export function queryName(text: string): { name: string } | { problem: string } {
  const given = text.trim().replace(/\.$/, '');
  if (text.trim() === '') return { problem: 'request.query is empty.' };
  const name = /^[\x00-\x7f]*$/.test(given) ? given : domainToASCII(given);
  if (/\s/.test(name) || (name === '' && given !== '')) return { problem: `request.query is not a valid name: ${given}` };
  const labels = name === '' ? [] : name.split('.');
  if (labels.some((label) => label === '')) return { problem: `request.query has an empty label: ${given}` };
  if (labels.some((label) => label.length > LONGEST_LABEL)) return { problem: `request.query has a label of more than ${LONGEST_LABEL} characters: ${given}` };
  if (name.length > LONGEST_NAME) return { problem: `request.query is longer than ${LONGEST_NAME} characters.` };
  return { name };
}
