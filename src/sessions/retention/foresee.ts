/**
 * What retention would take of one account now, for people who look at a page: the same queries as a removal, but looked at no further
 * than a page may wait. What is due is little while a server keeps up with it.
 */
import type { Reads } from '../../store/openStore.ts';
import { FILE_CLASSES, FILE_TYPES, type RetentionClass, type RetentionDays } from './classes.ts';
import { cutoffsOf, DATA_BYTES, expiredData, expiredFiles, expiredSessions } from './expired.ts';

/** `atLeast`: there is more than was looked at. `bytes`: as they were put; null for sessions, which are not looked into. `oldest`: Unix ms, null when nothing goes. */
export interface Foreseen { class: RetentionClass; count: number; atLeast: boolean; bytes: number | null; oldest: number | null }
interface Due { account_id: string; bytes: number; stopped_at: number | null }

const nothing = (name: RetentionClass): Foreseen => ({ class: name, count: 0, atLeast: false, bytes: name === 'sessions' ? null : 0, oldest: null });

/** @param mostDue rows that are looked at of each class, of all accounts together. @returns the classes but those that stay for ever, in their order. */
export async function foresee(read: Reads, accountId: string, days: RetentionDays, now: number, mostDue: number): Promise<Foreseen[]> {
  const cutoffs = cutoffsOf(days, now);
  const { sessions } = cutoffs;
  const foreseen: Foreseen[] = [];
  const add = (name: RetentionClass, ...lists: readonly Due[][]) => {
    const all = nothing(name);
    for (const due of lists) {
      all.atLeast ||= due.length >= mostDue;
      for (const { bytes, stopped_at } of due.filter((one) => one.account_id === accountId)) {
        all.count += 1;
        if (all.bytes !== null) all.bytes += Number(bytes);
        if (stopped_at !== null) all.oldest = Math.min(all.oldest ?? Infinity, stopped_at);
      }
    }
    foreseen.push(all);
  };
  if (sessions !== null) {
    const due = await expiredSessions(read, sessions).select(['s.account_id', 's.stopped_at']).orderBy('s.stopped_at').limit(mostDue).execute();
    add('sessions', due.map((one) => ({ ...one, bytes: 0 })));
  }
  for (const name of FILE_CLASSES) {
    const before = cutoffs[name];
    if (before === null) continue;
    const files = await expiredFiles(read, FILE_TYPES[name], before, sessions).select(['a.account_id', 'a.size as bytes', 's.stopped_at']).orderBy('a.created_at').limit(mostDue).execute();
    const data = name === 'logs'
      ? await expiredData(read, before, sessions).select(['r.account_id', DATA_BYTES.as('bytes'), 's.stopped_at']).orderBy('r.created_at').limit(mostDue).execute() : [];
    add(name, files, data);
  }
  return foreseen;
}
