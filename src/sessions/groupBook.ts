/**
 * The error groups of one transaction: what failed runs showed is noted here and written at the very end (F).
 * Promises: one group a family, account, scope and hash, also when many see it at once, because its id follows from these; groups
 * are locked in the order of their ids and after everything else, so that no two transactions wait for each other crosswise, and a
 * group is locked as shortly as can be. Never: a group of an unrecorded session, which nobody could look at.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { groupErrors, type FailedRun, type FailedTest, type GroupedError } from '../grouping/groupErrors.ts';
import type { Tx } from '../store/openStore.ts';
import type { ErrorGroupTable } from '../store/tables.ts';
import type { Flake } from './flakiness.ts';

export interface GroupBook {
  /** Notes the errors of a failed run of the session. @returns the ids of their groups, each once, in the order of the errors. */
  see(run: FailedRun): string[];
  /** How the sequence ended that showed these groups: 1 it passed after all, 0 it did not. */
  settle(groupIds: readonly string[], flaky: 0 | 1): void;
  /** The last thing in a transaction. @param now Unix ms. */
  write(tx: Tx, now: number): Promise<void>;
}

type Scope = Pick<ErrorGroupTable, 'family' | 'account_id' | 'scope_id'>;
interface Seen { hash: string; raw: string; cleaned: string; tests: Map<string, string> }
export interface OfSession { id: string; account_id: string; project_id: string | null; environment: string | null; recorded: number; created_at: number }

const ROWS_A_STATEMENT = 400;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A UUID (version 8, RFC 9562) out of what makes a group the one it is. */
export function groupIdOf({ family, account_id, scope_id }: Scope, hash: string): string {
  const hex = sha256(JSON.stringify([family, account_id, scope_id, hash]));
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** PostgreSQL stores no NUL; a message with one must not keep a run from ending. */
const storable = (text: string): string => text.replaceAll('\u0000', '\uFFFD');

/** @param errorsOf reads the errors of a run. */
export function openGroupBook(session: OfSession, errorsOf: (run: FailedRun) => GroupedError[] = groupErrors): GroupBook {
  const scope: Scope = { family: 'test-session', account_id: session.account_id, scope_id: session.project_id };
  const seen = new Map<string, Seen>();
  const flakes = new Map<string, Flake>();
  return {
    see(run) {
      if (session.recorded !== 1) return [];
      const ids = errorsOf(run).map(({ raw, cleaned, hash, test }) => {
        const id = groupIdOf(scope, hash);
        const group = seen.get(id) ?? { hash, raw: '', cleaned: storable(cleaned), tests: new Map() };
        group.raw = storable(raw);
        if (test) addTest(group, test);
        seen.set(id, group);
        if (!flakes.has(id)) flakes.set(id, null);
        return id;
      });
      return [...new Set(ids)];
    },
    settle(groupIds, flaky) {
      for (const id of groupIds) flakes.set(id, Math.min(flakes.get(id) ?? 1, flaky) as 0 | 1);
    },
    async write(tx, now) {
      if (flakes.size === 0) return;
      const ids = [...flakes.keys()].sort();
      const groups = ids.flatMap((id) => {
        const group = seen.get(id);
        return group ? [{ id, ...group }] : [];
      });
      for (const part of inParts(groups)) await writeGroups(tx, scope, part, now);
      for (const part of inParts(ids)) await writeSessions(tx, session, part, flakes);
      for (const part of inParts(groups.flatMap((group) => placesOf(group, session.environment, now)))) await writePlaces(tx, part);
    },
  };
}

function addTest(group: Seen, test: FailedTest): void {
  const { projectName, specId, testFile, testTitle, suitePath } = test;
  const json = JSON.stringify({ projectName, ...(specId === undefined ? {} : { specId }), testFile, testTitle, suitePath });
  group.tests.set(sha256(json), json);
}

function* inParts<T>(rows: readonly T[]): Generator<T[]> {
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) yield rows.slice(i, i + ROWS_A_STATEMENT);
}

/** New ones, and what changes in those that are there: the next event also brings back what was archived until then (F.4). */
async function writeGroups(tx: Tx, scope: Scope, groups: readonly ({ id: string } & Seen)[], now: number): Promise<void> {
  await tx.db.insertInto('error_groups').values(groups.map(({ id, hash, raw, cleaned }) => ({
    id, ...scope, error_hash: hash, raw_message: raw, cleaned_message: cleaned, first_seen: now, last_seen: now, archived: null,
  }))).onConflict((conflict) => conflict.column('id').doUpdateSet((eb) => ({
    raw_message: eb.ref('excluded.raw_message'),
    // Several servers, several clocks: time does not go back.
    last_seen: sql<number>`case when excluded.last_seen > error_groups.last_seen then excluded.last_seen else error_groups.last_seen end`,
    archived: sql<'for-ever' | null>`case when error_groups.archived = 'for-ever' then error_groups.archived end`,
  }))).execute();
}

/** Within a session 0 outweighs 1, and both outweigh that nothing is decided. */
async function writeSessions(tx: Tx, session: OfSession, groupIds: readonly string[], flakes: ReadonlyMap<string, Flake>): Promise<void> {
  await tx.db.insertInto('error_group_sessions').values(groupIds.map((id) => ({
    group_id: id, session_created_at: session.created_at, session_id: session.id, flaky: flakes.get(id) ?? null,
  }))).onConflict((conflict) => conflict.columns(['group_id', 'session_created_at', 'session_id']).doUpdateSet({
    flaky: sql<Flake>`case when excluded.flaky = 0 or error_group_sessions.flaky = 0 then 0 else coalesce(error_group_sessions.flaky, excluded.flaky) end`,
  })).execute();
}

type Place = { group_id: string; kind: 'environment' | 'test'; key: string; value: string; created_at: number };
function placesOf({ id, tests }: { id: string } & Seen, environment: string | null, now: number): Place[] {
  const place = (kind: Place['kind'], key: string, value: string): Place => ({ group_id: id, kind, key, value, created_at: now });
  return [
    ...(environment === null ? [] : [place('environment', sha256(environment), environment)]),
    ...Array.from(tests, ([key, value]) => place('test', key, value)),
  ];
}

async function writePlaces(tx: Tx, places: readonly Place[]): Promise<void> {
  await tx.db.insertInto('error_group_places').values(places).onConflict((conflict) => conflict.columns(['group_id', 'kind', 'key']).doNothing()).execute();
}
