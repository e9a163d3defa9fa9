/** The errors of tests and scripts (C.7): which test each is of, and which of them only repeat another one. */
import { cleanSaid } from './cleanText.ts';
import { fieldsOf, textOf, type Fields } from './fields.ts';
import type { FailedTest } from './groupErrors.ts';
import { LONGEST, type FoundError } from './foundError.ts';
import { reduceMessage } from './reduceMessage.ts';

export function readPlaywrightErrors(errors: readonly Fields[]): FoundError[] {
  const told = errors.map((error) => ({ message: messageOf(error), test: testOf(error) })).filter(({ message }) => message !== '');
  return told.filter((one) => !repeats(one, told)).map(({ message, test }) => ({ raw: message, cleaned: reduceMessage(message.slice(0, LONGEST)) || cleanSaid(message.slice(0, LONGEST)), test }));
}

/** Agentic checks nest theirs (D.4). */
const messageOf = (error: Fields): string => textOf(error['message']) || textOf(fieldsOf(error['error'])['message']) || textOf(error['stack']);

interface Told { message: string; test: FailedTest | null }

/** What was pending when a test ran out of time is the error; that it did is none of its own. So with files of no tests that could not be loaded. */
function repeats(one: Told, all: readonly Told[]): boolean {
  if (/^\s*Test timeout of \S+ exceeded\.?\s*$/.test(one.message.split('\n')[0] ?? '')) {
    return all.some((other) => other !== one && sameTest(other.test, one.test) && /: Test timeout of \S+ exceeded/.test(other.message.slice(0, 400)));
  }
  // Some versions look for the code of the page as a file of the project.
  if (/^Error: ENOENT: .{0,60}'eval at /.test(one.message)) return all.some((other) => other !== one && sameTest(other.test, one.test) && !/'eval at /.test(other.message.slice(0, 200)));
  return one.test === null && /^(?:Error: )?No tests found/.test(one.message) && all[0] !== one;
}

const sameTest = (a: FailedTest | null, b: FailedTest | null): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Characters of a spec id (F.2). */
const LONGEST_ID = 500;

function testOf(error: Fields): FailedTest | null {
  const testTitle = textOf(error['testTitle']);
  if (testTitle === '') return null;
  const titles = Array.isArray(error['titlePath']) ? error['titlePath'].filter((title): title is string => typeof title === 'string').slice(0, 50) : [];
  const specId = textOf(error['specId']).slice(0, LONGEST_ID);
  return {
    projectName: textOf(error['project']), ...(specId === '' ? {} : { specId }), testFile: textOf(error['file']) || textOf(fieldsOf(error['location'])['file']),
    testTitle, suitePath: titles.at(-1) === testTitle ? titles.slice(0, -1) : titles,
  };
}
