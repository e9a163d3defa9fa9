/**
 * Finds the errors in what a run left, whatever its type (B.5, B.17, C.7 to C.10, F.3).
 * Promises: reads any JSON; what explains the others comes first.
 */
import { fieldsOf, listOf, textOf, type Fields } from './fields.ts';
import { said, type FoundError } from './foundError.ts';
import type { FailedRun } from './groupErrors.ts';
import { failedAssertions } from './readAssertions.ts';
import { readPlaywrightErrors } from './readPlaywrightErrors.ts';
import { brokenRules, codeError, lateAnswer, statusError } from './readProtocols.ts';
import { targetName } from './targetName.ts';

/** Never none. */
export function readErrors({ checkType, detail, scheduleError }: FailedRun): FoundError[] {
  if (scheduleError) return [said(scheduleError)];
  if (detail === null) return [said('The check failed.')];
  const fields = fieldsOf(detail);
  const stopped = noAnswer(fields);
  if (stopped) return [stopped];
  const scriptError = textOf(fields['scriptError']);
  const assertions = failedAssertions(listOf(fields['assertions']));
  const status = codeError(fields) ?? (assertions.length === 0 ? statusError(fields) : null);
  const found = [
    ...(scriptError ? [said(scriptError)] : []), ...readPlaywrightErrors(listOf(fields['errors'])), ...(status ? [status] : []), ...assertions, ...brokenRules(fields),
  ];
  return found.length > 0 ? found : [lateAnswer(checkType, fields) ?? said('The check failed.')];
}

/** A request without an answer: nothing else was judged. */
function noAnswer(detail: Fields): FoundError | null {
  const requestError = textOf(detail['requestError']) || textOf(fieldsOf(detail['response'])['requestError']);
  const error = fieldsOf(fieldsOf(detail['response'])['error']);
  const [code, message] = [textOf(error['code']), textOf(error['message'])];
  const raw = requestError || (message.includes(code) ? message : `${code}: ${message}`) || code;
  if (raw === '') return null;
  const { cleaned } = said(raw);
  const name = targetName(detail);
  const where = name !== '' && !cleaned.includes(name) ? ` (${name})` : '';
  // A name server that does not answer is another fault than a target that does not.
  const whose = detail['nameServerInfo'] !== undefined && !/name server/i.test(raw) ? 'name server: ' : '';
  return { raw, cleaned: `${whose}${cleaned}${where}`, test: null };
}
