/** What stands around a result: the runs of its sequence, its neighbours in the session, the last run that passed. Ours alone, for the pages. */
import { Type, type Static } from 'typebox';
import { DateTime, Nullable, OneOf, Uuid } from './base.ts';
import { RESULT_TYPES, SESSION_STATUSES } from './checkTypes.ts';

/** What a verdict is read from (A.4). */
const flags = { status: OneOf(SESSION_STATUSES), hasErrors: Type.Boolean(), isDegraded: Type.Boolean() };

/** One run of the sequence; `attempt` from 1, `responseTime` in ms. */
const SequenceRun = Type.Object({
  testSessionResultId: Uuid, attempt: Type.Integer(), resultType: OneOf(RESULT_TYPES), ...flags,
  responseTime: Nullable(Type.Number()), startedAt: Nullable(DateTime), stoppedAt: Nullable(DateTime),
});
export type SequenceRun = Static<typeof SequenceRun>;

const Neighbour = Type.Object({ testSessionResultId: Uuid, name: Type.String(), ...flags });
export type Neighbour = Static<typeof Neighbour>;

const PassedBefore = Type.Object({
  testSessionId: Uuid, testSessionResultId: Uuid, sessionName: Type.String(), ...flags, startedAt: Nullable(DateTime),
  branchName: Nullable(Type.String()), commitId: Nullable(Type.String()),
});
export type PassedBefore = Static<typeof PassedBefore>;

export const AroundResult = Type.Object({
  sessionName: Type.String(),
  sessionStatus: OneOf(SESSION_STATUSES),
  /** In the order in which they ran; the last one is FINAL or still PENDING. */
  attempts: Type.Array(SequenceRun),
  /** Of this check among those of the session, from 1, what failed first. */
  position: Type.Integer(),
  count: Type.Integer(),
  previous: Nullable(Neighbour),
  next: Nullable(Neighbour),
  /** The last FINAL of the same check, in its project, that passed in a session before this one. */
  lastPassing: Nullable(PassedBefore),
  /** The name of the agent that ran it, as long as that process is known. */
  agentName: Nullable(Type.String()),
  errorGroups: Type.Array(Type.Object({ id: Uuid, message: Type.String() })),
  /** When retention took what the run left. */
  dataRemovedAt: Nullable(DateTime),
});
export type AroundResult = Static<typeof AroundResult>;
