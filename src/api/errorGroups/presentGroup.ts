/** Error groups as the public API shows them (F.2). */
import type { ErrorGroup, TestSessionErrorGroup } from '../../contract/errorGroups.ts';
import type { Reads } from '../../store/openStore.ts';
import { flakinessOf } from '../flakiness.ts';
import { iso } from '../presentResult.ts';
import { placesOfGroups, type GroupRow, type Places } from './readGroups.ts';

/** What both families share. What is archived for ever says so in no key of its own: it stays archived until an event that never comes (F.4). */
const common = (row: GroupRow) => ({
  id: row.id, errorHash: row.error_hash, rawErrorMessage: row.raw_message, cleanedErrorMessage: row.cleaned_message,
  firstSeen: iso(row.first_seen), lastSeen: iso(row.last_seen), archivedUntilNextEvent: row.archived !== null, rootCauseAnalyses: [],
});

export const presentCheckGroup = (row: GroupRow): ErrorGroup => ({ ...common(row), checkId: row.scope_id ?? '' });

function presentSessionGroup(row: GroupRow, { environments, tests }: Places): TestSessionErrorGroup {
  return {
    ...common(row), projectId: row.scope_id, environments: environments.length > 0 ? environments : null,
    pwtMetadata: tests.length > 0 ? tests.map((test) => JSON.parse(test) as NonNullable<TestSessionErrorGroup['pwtMetadata']>[number]) : null,
    flakiness: flakinessOf(Number(row.sessions), Number(row.flaky_sessions)),
  };
}

export async function presentSessionGroups(read: Reads, rows: readonly GroupRow[]): Promise<TestSessionErrorGroup[]> {
  const places = await placesOfGroups(read, rows.map((row) => row.id));
  return rows.map((row) => presentSessionGroup(row, places.get(row.id) ?? { environments: [], tests: [] }));
}
