/**
 * The parts of a check's settings that several check types share, as schemas.
 * Promises: what the `checkly` CLI sends passes (cli-wire 4.2); every default stands here once.
 * Never: a rule of one type alone, and never anything that runs.
 */
import { Type } from 'typebox';
import { Nullable, OneOf, type Static } from '../../contract/base.ts';
import { CodeRetryStrategy } from '../../contract/retry.ts';

/** Every comparison of B.5. A type may accept fewer. */
export const COMPARISONS = [
  'EQUALS', 'NOT_EQUALS', 'GREATER_THAN', 'LESS_THAN', 'CONTAINS', 'NOT_CONTAINS', 'IS_EMPTY', 'NOT_EMPTY',
  'IS_NULL', 'NOT_NULL', 'HAS_KEY', 'NOT_HAS_KEY', 'HAS_VALUE', 'NOT_HAS_VALUE',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** The four that numbers allow. */
export const NUMERIC_COMPARISONS = ['EQUALS', 'NOT_EQUALS', 'GREATER_THAN', 'LESS_THAN'] as const satisfies readonly Comparison[];

/** One assertion (B.5). `target` may come as a number or boolean; it is compared as its text. */
export const Assertion = <const S extends readonly string[], const C extends readonly Comparison[] = typeof COMPARISONS>(
  sources: S, comparisons?: C,
) => Type.Object({
  source: OneOf(sources),
  property: Type.String({ default: '' }),
  comparison: OneOf((comparisons ?? COMPARISONS) as C),
  target: Type.Union([Type.String(), Type.Number(), Type.Boolean()], { default: '' }),
  regex: Type.Union([Type.String(), Type.Null()], { default: null }),
});

/**
 * `degradedResponseTime` and `maxResponseTime` in ms, null for no limit (B.3). The defaults differ by type (B.2),
 * and so does `maximum`: 45,000 unless told otherwise. Spread the answer into a type's fields.
 */
export function responseTimeLimits({ degraded, max, maximum = 45_000 }: { degraded: number; max: number; maximum?: number }) {
  const limit = (preset: number) => Type.Union([Type.Number({ minimum: 0, maximum }), Type.Null()], { default: preset });
  return { degradedResponseTime: limit(degraded), maxResponseTime: limit(max) };
}

/** A header or query parameter (B.6); `locked` masks the value in displays. */
export const KeyValue = Type.Object({
  key: Type.String({ minLength: 1 }),
  value: Type.String({ default: '' }),
  locked: Type.Optional(Type.Boolean()),
});
export type KeyValue = Static<typeof KeyValue>;

/** Chosen strictly: no fallback to the other family (B.6). */
export const IpFamily = OneOf(['IPv4', 'IPv6'], { default: 'IPv4' });
export type IpFamily = Static<typeof IpFamily>;

/** Address of an HTTP request, before templating; that it starts with http:// or https:// is judged after it (B.6). */
export const RequestUrl = Type.String({ minLength: 1, maxLength: 2048 });

/** Host name or address without scheme, path and port (B.8); `{{…}}` may stand for any part. */
export const Hostname = Type.String({
  minLength: 1, maxLength: 2048,
  pattern: '^(?![^:]*:[^:]*$)(?!.*\\]:)(?:\\{{2,3}[^{}]*\\}{2,3}|[^\\s/{}])+$',
  description: 'A host name or an address, without scheme, path or port.',
});

export const Port = Type.Integer({ minimum: 1, maximum: 65_535 });

/** An environment variable as it is sent (A.10). The flags may be missing: defaults are not filled in below a nullable list. */
const VariableEntry = Type.Object({
  key: Type.String({ minLength: 1 }),
  value: Nullable(Type.String()),
  locked: Type.Optional(Type.Boolean()),
  secret: Type.Optional(Type.Boolean()),
});
const Variables = Type.Optional(Nullable(Type.Array(VariableEntry, { maxItems: 200 })));

/** What the group of a check gives to checks of every type. */
export const GroupFields = Type.Object({ environmentVariables: Variables }, { additionalProperties: true });

/** Ids that tie a job to its client: MQTT topics are built from the first two (cli-wire 4.2). */
const SourceInfo = Type.Object({
  checkRunSuiteId: Type.Optional(Type.String()),
  checkRunId: Type.Optional(Type.String()),
  updateSnapshots: Type.Optional(Type.Boolean()),
});

/** What every job has beside its type's own fields (B.1, cli-wire 4.2). Unknown keys pass: clients send more than is used here. */
export const CheckFields = Type.Object({
  name: Type.String({ minLength: 1 }),
  logicalId: Type.String({ minLength: 1 }),
  description: Type.Optional(Nullable(Type.String({ maxLength: 510 }))),
  filePath: Type.Optional(Nullable(Type.String())),
  activated: Type.Optional(Type.Boolean()),
  muted: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  locations: Type.Optional(Type.Array(Type.String())),
  privateLocations: Type.Optional(Nullable(Type.Array(Type.String()))),
  runtimeId: Type.Optional(Nullable(Type.String())),
  environmentVariables: Variables,
  group: Type.Optional(Nullable(GroupFields)),
  shouldFail: Type.Optional(Type.Boolean()),
  retryStrategy: Type.Optional(Nullable(CodeRetryStrategy)),
  testRetryStrategy: Type.Optional(Nullable(CodeRetryStrategy)),
  sourceInfo: Type.Optional(SourceInfo),
}, { additionalProperties: true });
export type CheckFields = Static<typeof CheckFields>;

/** Positions in the run's list of shared files (cli-wire 4.2). */
export const FileIndexes = Type.Optional(Nullable(Type.Array(Type.Integer({ minimum: 0 }))));
/** The files that the indexes name, put in by the door. */
export const SharedFiles = Type.Optional(Type.Array(Type.Object({ path: Type.String(), content: Type.String() })));
/** The file of the project that a script comes from. */
export const ScriptPath = Type.Optional(Nullable(Type.String({ maxLength: 1024 })));

/** Whether a path names a file in the project: relative, with slashes, not out of it. */
export function isProjectPath(path: string): boolean {
  return /^[^/\\\0]/.test(path) && !/(^|\/)\.\.(\/|$)|\/$|[\\\0]/.test(path) && path.length <= 1024;
}
