/**
 * What the settings say must go, in queries that a dry run and a removal share: what the one tells the other does.
 * Never among it: anything of a session that has a sequence running, of an unrecorded one, or an upload that came before a run;
 * these have rules of their own.
 */
import { sql } from 'kysely';
import type { Reads } from '../../store/openStore.ts';
import { cutoffOf, FILE_CLASSES, FILE_TYPES, RETENTION_CLASSES, type RetentionClass, type RetentionDays } from './classes.ts';

/** What of a class goes. Bytes as they were put: of parts that are shared less may come free. `oldest`: Unix ms, null when nothing goes. */
export interface Expired { class: RetentionClass; days: number; count: number; bytes: number; oldest: number | null }
/** Until when each class goes (Unix ms); null: it stays. */
export type Cutoffs = Readonly<Record<RetentionClass, number | null>>;

export function cutoffsOf(days: RetentionDays, now: number): Cutoffs {
  return Object.fromEntries(RETENTION_CLASSES.map((name) => [name, cutoffOf(days[name], now)])) as Cutoffs;
}

/** Those that ended before `before`. */
export const expiredSessions = (read: Reads, before: number) => read.selectFrom('sessions as s')
  .where('s.stopped_at', 'is not', null).where('s.stopped_at', '<', before).where('s.running', '=', 0).where('s.recorded', '=', 1);

/** Of sessions that ended before `before` and stay themselves (`staysFrom`, null: all do). */
export const expiredFiles = (read: Reads, type: string, before: number, staysFrom: number | null) => read.selectFrom('assets as a')
  .innerJoin('sessions as s', 's.id', 'a.session_id').where('a.removed_at', 'is', null).where('a.session_id', 'is not', null)
  .where('a.type', '=', type).where('a.created_at', '<', before).where('s.stopped_at', '<', before).where('s.running', '=', 0).where('s.recorded', '=', 1)
  .$if(staysFrom !== null, (query) => query.where('s.stopped_at', '>=', staysFrom));

/** Results with a log or run data in their row. Told by the server's clock: what a run says of its times may be anything. */
export const expiredData = (read: Reads, before: number, staysFrom: number | null) => read.selectFrom('results as r')
  .innerJoin('sessions as s', 's.id', 'r.session_id').where(sql<boolean>`(r.detail is not null or r.log is not null)`)
  .where('r.created_at', '<', before).where('s.stopped_at', '<', before).where('s.running', '=', 0).where('s.recorded', '=', 1)
  .$if(staysFrom !== null, (query) => query.where('s.stopped_at', '>=', staysFrom));

/** What a result holds in its row. */
export const DATA_BYTES = sql<number>`coalesce(octet_length(r.detail), 0) + coalesce(octet_length(r.log), 0)`;
interface Sum { count: number | string; bytes: number | string | null; oldest: number | null }
const add = (name: RetentionClass, days: number, sums: readonly (Sum | undefined)[]): Expired => ({
  class: name, days, count: sums.reduce((all, sum) => all + Number(sum?.count ?? 0), 0), bytes: sums.reduce((all, sum) => all + Number(sum?.bytes ?? 0), 0),
  oldest: sums.reduce<number | null>((all, sum) => (typeof sum?.oldest === 'number' ? Math.min(all ?? Infinity, sum.oldest) : all), null),
});

/** What would go now, class by class, each thing once: what is in a session that goes counts there. */
export async function findExpired(read: Reads, days: RetentionDays, now: number): Promise<Expired[]> {
  const cutoffs = cutoffsOf(days, now);
  const { sessions } = cutoffs;
  const expired: Expired[] = [sessions === null ? add('sessions', 0, []) : add('sessions', days.sessions, await sessionSums(read, sessions))];
  for (const name of FILE_CLASSES) {
    const before = cutoffs[name];
    if (before === null) {
      expired.push(add(name, 0, []));
      continue;
    }
    const files = await expiredFiles(read, FILE_TYPES[name], before, sessions)
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number>('a.size').as('bytes'), fn.min('s.stopped_at').as('oldest')]).executeTakeFirst();
    const data = name !== 'logs' ? undefined : await expiredData(read, before, sessions)
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number>(DATA_BYTES).as('bytes'), fn.min('s.stopped_at').as('oldest')]).executeTakeFirst();
    expired.push(add(name, days[name], [files, data]));
  }
  return expired;
}

/** The sessions themselves, and the bytes of what is in them. */
async function sessionSums(read: Reads, before: number): Promise<Sum[]> {
  const ids = expiredSessions(read, before).select('s.id');
  const own = await expiredSessions(read, before).select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('s.stopped_at').as('oldest')]).executeTakeFirstOrThrow();
  const files = await read.selectFrom('assets as a').where('a.session_id', 'in', ids).where('a.removed_at', 'is', null)
    .select(({ fn }) => fn.sum<number>('a.size').as('bytes')).executeTakeFirstOrThrow();
  const data = await read.selectFrom('results as r').where('r.session_id', 'in', ids).select(({ fn }) => fn.sum<number>(DATA_BYTES).as('bytes')).executeTakeFirstOrThrow();
  return [{ ...own, bytes: 0 }, { ...files, count: 0, oldest: null }, { ...data, count: 0, oldest: null }];
}
