/** The session or result that a path names, in the caller's account; foreign and unknown ids are the same 404 (I.1). */
import { refuse } from '../contract/errors.ts';
import type { Reads } from '../store/openStore.ts';
import type { ResultRow } from './presentResult.ts';
import type { SessionRow } from './presentSession.ts';

/** An unrecorded session is found by nobody: it exists for the stream only (A.6). */
export async function findSession(read: Reads, accountId: string, sessionId: string): Promise<SessionRow> {
  const row = await read.selectFrom('sessions').selectAll().where('id', '=', sessionId).where('account_id', '=', accountId).where('recorded', '=', 1).executeTakeFirst();
  if (!row) throw refuse.notFound('Test session', sessionId);
  return row;
}

export async function findResult(read: Reads, accountId: string, sessionId: string, resultId: string): Promise<ResultRow> {
  await findSession(read, accountId, sessionId);
  const row = await read.selectFrom('results').selectAll().where('id', '=', resultId).where('session_id', '=', sessionId).executeTakeFirst();
  if (!row) throw refuse.notFound('Test session result', resultId);
  return row;
}

/** What the session of a run that a schedule began is named after; nothing schedules yet, so no result is found. */
export const SCHEDULED = 'SCHEDULE';

/** A scheduled result of a check (J.1). Those of test sessions are found under their session only. */
export async function findCheckResult(read: Reads, accountId: string, checkId: string, resultId: string): Promise<ResultRow> {
  const row = await read.selectFrom('results').innerJoin('sessions', 'sessions.id', 'results.session_id').selectAll('results')
    .where('results.id', '=', resultId).where('results.check_id', '=', checkId).where('results.account_id', '=', accountId)
    .where('sessions.run_source', '=', SCHEDULED).executeTakeFirst();
  if (!row) throw refuse.notFound('Check result', resultId);
  return row;
}
