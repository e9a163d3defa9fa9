/** What Playwright's tests came to, in a sentence (C.7). Pure. */
import { fieldsOf, listOf, numberOf, textOf, type Fields } from './fields.ts';
import { brief, counted, duration, ended, numeral } from './phrases.ts';

const ESCAPES = /\u001b\[[0-9;]*m/g;

/** `expect(locator).toHaveText(expected) failed` with its two sides in lines of their own, or the first line of whatever it is. */
export function errorGist(message: string): string {
  const plain = message.replace(ESCAPES, '');
  const first = (plain.split('\n').find((line) => line.trim() !== '') ?? '').trim()
    .replace(/^(?:\w*Error: )+/, '').replace(/ \/\/ .*$/, '').replace(/\(expected\)/, '()').replace(/ failed$/, '');
  const side = (name: string) => new RegExp(`^\\s*${name}[^:\\n]*:[ \\t]*(.+)$`, 'm').exec(plain)?.[1]?.trim();
  const [expected, received, locator] = [side('Expected'), side('Received'), side('Locator')];
  const said = expected === undefined ? '' : `: expected ${brief(expected, 60)}${received === undefined ? '' : `, received ${brief(received, 60)}`}`;
  const where = locator === undefined || said === '' ? '' : ` (${brief(locator, 60)})`;
  return `${brief(first, 160)}${said}${where}`;
}

/** The title with those of the groups around it, without the file in front. */
function titleOf(error: Fields): string {
  const path = Array.isArray(error['titlePath']) ? error['titlePath'].filter((title): title is string => typeof title === 'string' && title !== '') : [];
  const file = textOf(error['file']);
  const titles = path.filter((title) => title !== file && title !== textOf(error['project']));
  return brief((titles.length > 0 ? titles : [textOf(error['testTitle'])]).join(' › '), 120);
}

/** Agentic checks nest theirs (D.4). */
const messageOf = (error: Fields): string => textOf(error['message']) || textOf(fieldsOf(error['error'])['message']) || textOf(error['stack']);

/** A time-out alone says less than what was being waited for. */
const isBareTimeout = (error: Fields): boolean => /^\s*(?:\w*Error: )?Test timeout of \S+ exceeded\.?\s*$/.test(messageOf(error).replace(ESCAPES, ''));

/** Why tests or the script failed; null where nothing is told of it. */
export function failedTestsSentence(detail: Fields): string | null {
  const errors = listOf(detail['errors']).filter((error) => messageOf(error) !== '');
  const [first] = errors;
  if (!first) return null;
  const counts = fieldsOf(detail['counts']);
  const [failed, total] = [numberOf(counts['failed']) ?? 0, numberOf(counts['total']) ?? 0];
  // What cut the run short comes first and belongs to no test.
  if (textOf(first['testTitle']) === '') return ended(errorGist(messageOf(first)));
  const told = errors.find((error) => titleOf(error) === titleOf(first) && !isBareTimeout(error)) ?? first;
  const what = `${titleOf(told)}: ${errorGist(messageOf(told))}`;
  if (total <= 1) return ended(what);
  return ended(`${numeral(failed)} of ${counted(total, 'test')} failed; ${failed > 1 ? 'first: ' : ''}${what}`);
}

/** What passed, in how much time; null for a run without tests to count. @param ms how long it took. */
export function passedTestsSentence(detail: Fields, ms: number | null): string | null {
  const counts = detail['counts'];
  if (typeof counts !== 'object' || counts === null) return null;
  const of = (name: string) => numberOf(fieldsOf(counts)[name]) ?? 0;
  const [total, passed, flaky, skipped] = [of('total'), of('passed') + of('flaky'), of('flaky'), of('skipped')];
  const time = ms === null ? '' : ` in ${duration(ms)}`;
  if (total === 0) return `The script ran without an error${time}.`;
  const which = passed === total ? (total === 1 ? 'The test passed' : `All ${numeral(total)} tests passed`) : `${numeral(passed)} of ${counted(total, 'test')} passed`;
  const notes = [...(flaky > 0 ? [`${numeral(flaky)} only when tried again`] : []), ...(skipped > 0 ? [`${numeral(skipped)} skipped`] : [])];
  return `${which}${time}${notes.map((note) => `, ${note}`).join('')}.`;
}
