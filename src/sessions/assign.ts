/** assign: a free slot claims the longest-waiting run of its location; the claim sets the lease and raises the token. */
import type { CheckType } from '../contract/checkTypes.ts';
import type { Assignment, ClientCertificate, Variable, Weight } from '../protocol/assignment.ts';
import type { Tx } from '../store/openStore.ts';
import type { EngineDeps, ResultRow, SequenceRow, SessionRow } from './ledger.ts';
import { laneOf } from './conclude.ts';
import { lockRuns } from './held.ts';
import { builtinVariables } from './variables.ts';
import type { Job } from './plan.ts';

export interface FreeSlots { light: number; heavy: number }

/** At most as many assignments as there are free slots; none is in two agents' hands at once. */
export async function assign(deps: EngineDeps, agent: { id: string; locationId: string }, free: FreeSlots): Promise<Assignment[]> {
  if (free.light + free.heavy === 0) return [];
  return deps.store.transaction(async (tx) => {
    const waiting = await claimWaiting(deps, tx, agent.locationId, free);
    return waiting.length > 0 ? handOut(deps, tx, agent.id, waiting) : [];
  });
}

/** Runs that wait, their entries claimed and they themselves locked: those of both lanes together, because locks have one order. */
async function claimWaiting(deps: EngineDeps, tx: Tx, locationId: string, free: FreeSlots): Promise<ResultRow[]> {
  const claimed = new Map<string, { lane: string; runId: string }>();
  for (const weight of ['light', 'heavy'] as Weight[]) {
    const lane = laneOf(locationId, weight);
    for (const { entryId, runId } of free[weight] > 0 ? await deps.queue.claim(tx, lane, free[weight]) : []) claimed.set(entryId, { lane, runId });
  }
  if (claimed.size === 0) return [];
  const named = await lockRuns(tx, (runs) => runs.where('id', 'in', [...claimed.values()].map((entry) => entry.runId)));
  const waiting = named.filter((run) => run.queue_entry !== null && claimed.has(run.queue_entry));
  const wanted = new Set(waiting.map((run) => run.queue_entry));
  for (const [entryId, { lane }] of claimed) {
    // Settled or offered anew in the meantime: the entry has no run any more.
    if (!wanted.has(entryId)) await deps.queue.settle(tx, lane, entryId);
  }
  return waiting;
}

async function handOut(deps: EngineDeps, tx: Tx, agentId: string, waiting: readonly ResultRow[]): Promise<Assignment[]> {
  const mine = await tx.db.updateTable('results')
    .set((eb) => ({ token: eb('token', '+', 1), agent_id: agentId, lease_until: deps.clock() + deps.limits.leaseMs }))
    .where('id', 'in', waiting.map((run) => run.id)).returningAll().execute();
  const now = deps.clock();
  tx.onCommit(() => mine.forEach((run) => deps.observe?.assigned(run.check_type, Math.max(0, now - run.available_at))));
  const sequences = await tx.db.selectFrom('sequences').selectAll().where('id', 'in', mine.map((row) => row.sequence_id)).execute();
  const byId = new Map(sequences.map((sequence) => [sequence.id, sequence]));
  const sessions = await sessionsOf(tx, mine);
  const certificates = await certificatesOf(deps, tx, [...new Set(mine.map((row) => row.account_id))]);
  return mine.flatMap((run) => {
    const sequence = byId.get(run.sequence_id);
    return sequence?.job ? [assignmentOf(deps, run, sequence, sessions.get(run.session_id), certificates.get(run.account_id) ?? [])] : [];
  });
}

type SessionFacts = Pick<SessionRow, 'run_source' | 'stream_logs'>;

async function sessionsOf(tx: Tx, runs: readonly ResultRow[]): Promise<Map<string, SessionFacts>> {
  const ids = [...new Set(runs.map((run) => run.session_id))];
  const sessions = await tx.db.selectFrom('sessions').select(['id', 'run_source', 'stream_logs']).where('id', 'in', ids).execute();
  return new Map(sessions.map((session) => [session.id, session]));
}

async function certificatesOf(deps: EngineDeps, tx: Tx, accountIds: readonly string[]): Promise<Map<string, ClientCertificate[]>> {
  const rows = await tx.db.selectFrom('client_certificates').selectAll().where('account_id', 'in', accountIds).execute();
  const map = new Map<string, ClientCertificate[]>();
  for (const row of rows) {
    const { key, passphrase } = JSON.parse(deps.seal.open(row.sealed)) as { key: string; passphrase?: string | null };
    const certificate = { id: row.id, host: row.host, cert: row.cert, ca: row.ca, key, passphrase: passphrase ?? null, createdAt: row.created_at };
    map.set(row.account_id, [...map.get(row.account_id) ?? [], certificate]);
  }
  return map;
}

function assignmentOf(deps: EngineDeps, run: ResultRow, sequence: SequenceRow, session: SessionFacts | undefined, certificates: ClientCertificate[]): Assignment {
  const job = JSON.parse(deps.seal.open(sequence.job ?? '')) as Job;
  const builtins = builtinVariables({ run, runSource: session?.run_source ?? '' });
  // Built-ins are set last and cannot be shadowed (A.10.6).
  const variables: Variable[] = [...job.variables.filter((variable) => !(variable.key in builtins)),
    ...Object.entries(builtins).map(([key, value]) => ({ key, value, secret: false }))];
  return {
    runId: run.id, token: run.token, sessionId: run.session_id, accountId: run.account_id, sequenceId: run.sequence_id, attempt: run.attempt,
    checkType: run.check_type as CheckType, name: run.name, weight: job.weight, settings: job.settings, variables,
    location: run.run_location, proxyUrl: job.proxyUrl, certificates, notices: job.notices, streamLogs: session?.stream_logs === 1,
  };
}
