/** Error groups of both families (F.1, F.2): of test sessions, by project; of scheduled checks, by check. */
import { Type, type Static } from 'typebox';
import { DateTime, Nullable, Uuid } from './base.ts';
import { Flakiness, Sessions } from './flakiness.ts';

const group = {
  errorHash: Type.String(),
  /** The latest occurrence's text, secrets scrubbed. */
  rawErrorMessage: Nullable(Type.String()),
  cleanedErrorMessage: Type.String(),
  firstSeen: DateTime,
  lastSeen: DateTime,
  archivedUntilNextEvent: Type.Boolean(),
  /** None is made (F.5). */
  rootCauseAnalyses: Type.Optional(Type.Array(Type.Object({}, { additionalProperties: true }))),
};

export const ErrorGroup = Type.Object({ id: Type.String(), checkId: Type.String(), ...group });
export type ErrorGroup = Static<typeof ErrorGroup>;

const Test = Type.Object({
  projectName: Type.String(), specId: Type.Optional(Type.String()), testFile: Type.String(), testTitle: Type.String(), suitePath: Type.Array(Type.String()),
});
export const TestSessionErrorGroup = Type.Object({
  id: Uuid, projectId: Type.Optional(Nullable(Uuid)), environments: Nullable(Type.Array(Type.String())), ...group,
  pwtMetadata: Nullable(Type.Array(Test)),
  /** Ours alone: of its last sessions, those in which everything that showed it passed in the end. */
  flakiness: Flakiness,
});
export type TestSessionErrorGroup = Static<typeof TestSessionErrorGroup>;

const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
  page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
};
export const ErrorGroupsQuery = Type.Object(paging);
export const TestSessionErrorGroupsQuery = Type.Object({ ...paging, sessions: Sessions });
export const FlakinessQuery = Type.Object({ sessions: Sessions });

/** F.4. One of the two at least; the key is spelt that way. */
export const ErrorGroupPatch = Type.Object({ archiveForEver: Type.Optional(Type.Boolean()), archivedUntilNextEvent: Type.Optional(Type.Boolean()) });
export type ErrorGroupPatch = Static<typeof ErrorGroupPatch>;

/** What starts a root cause analysis (F.5); the body may be left out. */
export const AnalysisRequest = Type.Unsafe<{ userContext?: string | null } | null>({
  type: 'object', nullable: true, properties: { userContext: { type: 'string', nullable: true, default: '', maxLength: 256 } },
});
