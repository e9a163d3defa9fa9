/** Test sessions: what starts them, what lists them, what they look like (A.2, A.3, A.6, A.11–A.13; cli-wire 4). */
import { Type, type Static } from 'typebox';
import { DateTime, Nullable, OneOf, Uuid } from './base.ts';
import { CheckTypeSchema, PROVIDERS, SESSION_STATUSES } from './checkTypes.ts';
import { ListedResult } from './results.ts';
import { CodeRetryStrategy, RetryStrategy } from './retry.ts';

const Text = Type.Optional(Nullable(Type.String()));
export const Metadata = Type.Object({
  environment: Type.Optional(Type.String({ minLength: 1 })),
  repoUrl: Text, commitId: Text, commitOwner: Text, commitMessage: Text, branchName: Text,
  github: Type.Optional(Type.Object({
    reporting: Type.Boolean(),
    repository: Text, sha: Text, runId: Text, runAttempt: Text, workflow: Text, job: Text, eventName: Text, ref: Text,
    headRef: Text, baseRef: Text, serverUrl: Text,
  })),
});
export type Metadata = Static<typeof Metadata>;

const session = {
  testSessionId: Uuid,
  testSessionLink: Type.String({ format: 'uri' }),
  name: Type.String(),
  errorGroupIds: Type.Array(Uuid),
  /** Ours alone: sequences that failed and then passed. */
  flakySequenceIds: Type.Array(Uuid),
  startedAt: DateTime,
  timeElapsed: Type.Number(),
  metadata: Type.Optional(Metadata),
  results: Type.Optional(Type.Array(ListedResult)),
};
export const TestSession = Type.Object({ ...session, status: OneOf(SESSION_STATUSES), stoppedAt: Type.Optional(Nullable(DateTime)) });
export type TestSession = Static<typeof TestSession>;
/** The completion answer: terminal, hence stopped. */
export const CompletedTestSession = Type.Object({ ...session, status: OneOf(['FAILED', 'PASSED', 'CANCELLED']), stoppedAt: DateTime });

const SequenceIds = Type.Optional(Nullable(Type.Array(Uuid)));
/** How many sequences stand where; `flaky` are among those that passed or failed. */
const Counts = Type.Object({ running: Type.Integer(), passed: Type.Integer(), failed: Type.Integer(), cancelled: Type.Integer(), flaky: Type.Integer() });
export const TestSessionList = Type.Object({
  length: Type.Integer({ minimum: 0 }),
  entries: Type.Array(Type.Object({
    id: Uuid, accountId: Uuid, projectId: Type.Optional(Nullable(Uuid)), name: Type.String(), provider: Type.String(),
    errorGroupIds: SequenceIds, running: SequenceIds, passed: SequenceIds, failed: SequenceIds,
    cancelled: Type.Optional(Type.Array(Uuid, { default: [] })), flakySequenceIds: SequenceIds,
    /** Ours alone. */
    counts: Counts,
    status: Type.Optional(OneOf(SESSION_STATUSES)), region: Type.String(), privateLocationId: Type.Optional(Nullable(Uuid)),
    invoker: Type.Optional(Nullable(Type.Object({ name: Type.String(), picture: Type.Optional(Nullable(Type.String())) }))),
    repoUrl: Text, commitId: Text, commitOwner: Text, commitMessage: Text, branchName: Text, environment: Text,
    startedAt: DateTime, stoppedAt: Type.Optional(Nullable(DateTime)), created_at: DateTime, updated_at: Type.Optional(Nullable(DateTime)),
  })),
  nextId: Type.Optional(Nullable(Type.String())),
  /** Ours alone: the cursor of the page before, null on the first one. */
  prevId: Type.Optional(Nullable(Type.String())),
});
export type TestSessionList = Static<typeof TestSessionList>;

export const TestSessionQuery = Type.Object({
  from: Type.Optional(Type.Number()),
  to: Type.Optional(Type.Number()),
  limit: Type.Optional(Type.Unsafe<number | null>({ type: 'integer', nullable: true, minimum: 1, maximum: 100, default: 20 })),
  statuses: Type.Optional(Type.Array(OneOf(SESSION_STATUSES), { default: ['FAILED', 'PASSED', 'RUNNING', 'CANCELLED'] })),
  branches: Type.Optional(Type.Array(Type.String(), { default: [] })),
  users: Type.Optional(Type.Array(Type.String(), { default: [] })),
  providers: Type.Optional(Type.Array(OneOf(PROVIDERS), { default: [] })),
  noUsers: Type.Optional(Type.Boolean({ default: false })),
  nextId: Type.Optional(Type.String({ minLength: 1 })),
  /** Ours alone: the sessions just before a page, for the way back; not beside `nextId`. */
  prevId: Type.Optional(Type.String({ minLength: 1 })),
  /** Ours alone: false leaves the ids of sequences out, of which there may be thousands; `counts` is there all the same. */
  sequences: Type.Optional(Type.Boolean({ default: true })),
  textSearch: Type.Optional(Type.String({ minLength: 3, maxLength: 200 })),
  errorGroupId: Type.Optional(Type.Unsafe<string | null>({ type: 'string', nullable: true, minLength: 1 })),
});
export type TestSessionQuery = Static<typeof TestSessionQuery>;

export const CompletionQuery = Type.Object({ maxWaitSeconds: Type.Optional(Type.Number({ minimum: 1, maximum: 30 })) });
export const CancelBody = Type.Object({ sequenceId: Type.Optional(Type.Array(Uuid, { minItems: 1 })) }, { additionalProperties: false });

const TriggerVariable = Type.Union([
  Type.Object({
    key: Type.String({ minLength: 1 }), locked: Type.Optional(Type.Boolean({ default: false })), value: Nullable(Type.String()),
    secret: Type.Unsafe<true>({ type: 'boolean', enum: [true] }),
  }),
  Type.Object({
    key: Type.String({ minLength: 1 }), locked: Type.Optional(Type.Boolean({ default: false })), value: Nullable(Type.String({ minLength: 1 })),
    secret: Type.Optional(Type.Unsafe<false>({ type: 'boolean', enum: [false], default: false })),
  }),
]);
export const TriggerBody = Type.Object({
  name: Type.String({ minLength: 1 }),
  runLocation: Type.String({ minLength: 1 }),
  target: Type.Optional(Type.Object({
    matchTags: Type.Optional(Type.Array(Type.Array(Type.String({ minLength: 1 })))),
    checkId: Type.Optional(Type.Array(Uuid)),
    allowDeactivated: Type.Optional(Type.Boolean({ default: false })),
  })),
  environmentVariables: Type.Optional(Type.Array(TriggerVariable, { maxItems: 50 })),
  retryStrategy: Type.Optional(RetryStrategy),
  refreshCache: Type.Optional(Type.Boolean({ default: false })),
  metadata: Type.Optional(Metadata),
});
export type TriggerBody = Static<typeof TriggerBody>;

/** The CLI's own trigger (cli-wire 4.4). */
export const NextTriggerBody = Type.Object({
  name: Type.Optional(Type.String()),
  shouldRecord: Type.Optional(Type.Boolean()),
  runLocation: Type.Unknown(),
  targetTags: Type.Optional(Type.Array(Type.Array(Type.String()))),
  checkId: Type.Optional(Type.Array(Type.String())),
  checkRunSuiteId: Type.Optional(Type.String()),
}, { additionalProperties: true });

const RunLocation = Type.Union([
  Type.Object({ type: Type.Unsafe<'PUBLIC'>({ type: 'string', enum: ['PUBLIC'] }), region: Type.String({ minLength: 1 }) }),
  Type.Object({ type: Type.Unsafe<'PRIVATE'>({ type: 'string', enum: ['PRIVATE'] }), id: Type.Optional(Type.String()), slugName: Type.String({ minLength: 1 }) }),
]);
/** One check of a run, before its own type's schema has seen it. */
const CheckRunJob = Type.Object({
  logicalId: Type.String({ minLength: 1, maxLength: 1000 }),
  name: Type.String({ minLength: 1 }),
  checkType: CheckTypeSchema,
  filePath: Type.Optional(Nullable(Type.String())),
  testRetryStrategy: Type.Optional(Nullable(CodeRetryStrategy)),
  sourceInfo: Type.Optional(Nullable(Type.Object({
    checkRunSuiteId: Type.Optional(Type.String({ maxLength: 200, pattern: '^[^/+#]*$' })),
    checkRunId: Type.Optional(Type.String({ maxLength: 200, pattern: '^[^/+#]*$' })),
  }, { additionalProperties: true }))),
}, { additionalProperties: true });

/** Where the code under test comes from, as clients find it in their environment. */
export const RepoInfo = Type.Object({
  commitId: Text, repoUrl: Text, branchName: Text, commitOwner: Text, commitMessage: Text,
  github: Type.Optional(Nullable(Type.Object({}, { additionalProperties: true }))),
}, { additionalProperties: true });

/** `POST /v1/test-sessions/run` (cli-wire 4.2). */
export const RunBody = Type.Object({
  name: Type.String({ minLength: 1 }),
  project: Type.Optional(Nullable(Type.Object({ logicalId: Type.String({ minLength: 1 }) }, { additionalProperties: true }))),
  checkRunJobs: Type.Array(CheckRunJob, { minItems: 1, maxItems: 10_000 }),
  sharedFiles: Type.Optional(Type.Array(Type.Object({ path: Type.String(), content: Type.String() }, { additionalProperties: true }))),
  runLocation: RunLocation,
  repoInfo: Type.Optional(Nullable(RepoInfo)),
  environment: Text,
  shouldRecord: Type.Optional(Type.Boolean({ default: true })),
  streamLogs: Type.Optional(Type.Boolean({ default: false })),
  refreshCache: Type.Optional(Type.Boolean({ default: false })),
});
export type RunBody = Static<typeof RunBody>;

export const RunAnswer = Type.Object({
  schedulingId: Uuid,
  sequenceIds: Type.Record(Type.String(), Uuid),
  testSessionId: Type.Optional(Uuid),
  testResultIds: Type.Optional(Type.Record(Type.String(), Uuid)),
});

/** Answer of the scheduling poll (cli-wire 4.3). */
export const SchedulingOperation = Type.Object({
  schedulingId: Uuid,
  testSessionId: Nullable(Uuid),
  status: OneOf(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED']),
  checksTotal: Type.Integer(),
  error: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
  createdAt: DateTime, startedAt: Nullable(DateTime), endedAt: Nullable(DateTime),
});
