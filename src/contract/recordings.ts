/** What Playwright's reporter sends: a run that took place elsewhere, told as a session (cli-wire 10). Not in the public document. */
import { Type, type Static } from 'typebox';
import { DateTime, Nullable, OneOf, Uuid } from './base.ts';
import { RepoInfo } from './sessions.ts';

const open = { additionalProperties: true };
const Time = Type.Number({ minimum: 0, maximum: 8.64e15 });

/** At the start of the run. `startedAt` in Unix ms. */
export const RecordingBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 500 }),
  environment: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
  repoInfo: Type.Optional(Nullable(RepoInfo)),
  startedAt: Type.Optional(Time),
  testResults: Type.Array(Type.Object({ name: Type.String({ minLength: 1, maxLength: 500 }) }, open), { minItems: 1, maxItems: 100 }),
  provider: Type.Optional(OneOf(['PW_REPORTER'])),
}, open);
export type RecordingBody = Static<typeof RecordingBody>;
export const RecordingAnswer = Type.Object({ testSessionId: Uuid, testResults: Type.Array(Type.Object({ testResultId: Uuid })), link: Type.String() });

const Text = Type.Optional(Nullable(Type.String()));
const RecordedError = Type.Object({
  error: Type.Object({ message: Text, stack: Text, snippet: Text }, open),
  projectName: Text, specId: Text, testFile: Text, testTitle: Text, suitePath: Type.Optional(Nullable(Type.Array(Type.String()))),
}, open);
export type RecordedError = Static<typeof RecordedError>;

/** At its end. Which bytes of the archive are which file is not needed: it was unpacked when it came. */
export const RecordedBody = Type.Object({
  status: OneOf(['PASSED', 'FAILED']),
  isDegraded: Type.Optional(Type.Boolean()),
  startedAt: DateTime,
  stoppedAt: DateTime,
  responseTime: Type.Optional(Nullable(Type.Number({ minimum: 0 }))),
  assetEntries: Type.Optional(Nullable(Type.Array(Type.Object({}, open)))),
  metadata: Type.Optional(Nullable(Type.Object({ errors: Type.Optional(Nullable(Type.Array(RecordedError, { maxItems: 100_000 }))) }, open))),
}, open);
export type RecordedBody = Static<typeof RecordedBody>;
