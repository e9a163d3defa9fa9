/** A result as the public API shows it (A.5). The single one carries all keys; a listed one the first block. */
import { Type, type Static } from 'typebox';
import { DateTime, Nullable, OneOf, Uuid } from './base.ts';
import { CheckTypeSchema, RESULT_TYPES, SESSION_STATUSES } from './checkTypes.ts';

const listed = {
  testSessionResultId: Uuid,
  testSessionResultLink: Type.String({ format: 'uri' }),
  checkId: Type.Optional(Nullable(Uuid)),
  checkType: CheckTypeSchema,
  name: Type.Optional(Type.String()),
  runLocation: Type.Optional(Type.String()),
  errorGroupIds: Type.Array(Uuid),
  resultType: Type.Optional(OneOf(RESULT_TYPES)),
  status: OneOf(SESSION_STATUSES),
  hasErrors: Type.Boolean(),
  hasFailures: Type.Boolean(),
  isDegraded: Type.Boolean(),
  /** Ours alone: the FINAL of a sequence that failed and then passed, or of a suite with tests that did. */
  isFlaky: Type.Boolean(),
  aborted: Type.Boolean(),
  responseTime: Type.Optional(Nullable(Type.Number())),
  startedAt: Type.Optional(Nullable(DateTime)),
  stoppedAt: Type.Optional(Nullable(DateTime)),
  /** In lists ours alone: the runs of one check in the session share it, and of a FINAL it tells how many there were. */
  sequenceId: Type.Optional(Nullable(Uuid)),
  attempts: Type.Integer({ minimum: 0 }),
};
export const ListedResult = Type.Object(listed);
export type ListedResult = Static<typeof ListedResult>;

/** An object of unknown keys and any values. */
const Loose = () => Type.Object({}, { additionalProperties: Type.Unsafe<unknown>({ nullable: true }) });
const Anything = Type.Unsafe<unknown>({ nullable: true });
const evidence = {
  jobLog: Type.Optional(Anything),
  jobAssets: Type.Optional(Nullable(Type.Array(Type.String()))),
  pcapDataUrl: Type.Optional(Nullable(Type.String())),
};
const playwrightFiles = {
  playwrightTestVideos: Type.Optional(Type.Array(Type.String())),
  playwrightTestTraces: Type.Optional(Type.Array(Type.String())),
  playwrightTestJsonReportFile: Type.Optional(Type.String()),
};
const open = { additionalProperties: Type.Unsafe<unknown>({ nullable: true }) };
const Errors = Type.Array(Anything);

const ApiCheckResult = Type.Object({
  assertions: Type.Optional(Nullable(Type.Array(Loose()))),
  request: Type.Optional(Loose()),
  response: Type.Optional(Loose()),
  requestError: Type.Optional(Nullable(Type.String())),
  ...evidence,
}, open);
/** Ours alone: the words behind `traceSummary`, and failed requests of the test itself. */
const TraceErrors = Type.Optional(Type.Array(Type.Object({
  kind: Type.String(), text: Type.String(), url: Type.Optional(Type.String()), line: Type.Optional(Type.Integer()), column: Type.Optional(Type.Integer()), method: Type.Optional(Type.String()),
  stack: Type.Optional(Type.String()), startTime: Type.Optional(Type.Number()), count: Type.Integer(),
}, open)));
/** Ours alone: the steps of tests on the time lines of their videos. */
const VideoMoments = Type.Optional(Type.Array(Type.Object({
  video: Type.String(), moments: Type.Array(Type.Object({ title: Type.String(), at: Type.Number(), ms: Type.Number(), failed: Type.Boolean() }, open)),
}, open)));
const BrowserCheckResult = Type.Object({
  type: Type.Optional(Type.String()),
  traceSummary: Type.Optional(Loose()),
  traceErrors: TraceErrors,
  videoMoments: VideoMoments,
  pages: Type.Optional(Type.Array(Loose())),
  errors: Type.Optional(Errors),
  endTime: Type.Optional(Type.Number()),
  startTime: Type.Optional(Type.Number()),
  runtimeVersion: Type.Optional(Type.String()),
  ...evidence, ...playwrightFiles,
}, open);
const MultiStepCheckResult = Type.Object({
  errors: Type.Optional(Errors),
  traceErrors: TraceErrors,
  endTime: Type.Optional(Type.Number()),
  startTime: Type.Optional(Type.Number()),
  runtimeVersion: Type.Optional(Type.String()),
  ...evidence, ...playwrightFiles,
}, open);
const PlaywrightCheckResult = Type.Object({
  errors: Type.Optional(Nullable(Errors)),
  traceErrors: TraceErrors,
  videoMoments: VideoMoments,
  playwrightTraceFiles: Type.Optional(Nullable(Type.Array(Loose()))),
  ...evidence, ...playwrightFiles,
}, open);
const AgenticCheckResult = Type.Object({
  summary: Type.Optional(Nullable(Type.String())),
  prompt: Type.Optional(Nullable(Type.String())),
  assertions: Type.Optional(Nullable(Type.Array(Loose()))),
  suggestions: Type.Optional(Nullable(Type.Array(Loose()))),
  steps: Type.Optional(Nullable(Type.Array(Loose()))),
  errors: Type.Optional(Nullable(Errors)),
  artifactManifest: Type.Optional(Nullable(Loose())),
  ...evidence,
}, open);
/** What a gRPC call left (B.12); of scheduled results the contract has it under the same key. */
const GrpcCheckResult = Type.Object({
  grpcStatusCode: Type.Optional(Type.Number()),
  healthStatus: Type.Optional(Nullable(Type.Number())),
  timingPhases: Type.Optional(Nullable(Loose())),
  requestError: Type.Optional(Nullable(Type.String())),
  request: Type.Optional(Nullable(Loose())),
  assertions: Type.Optional(Nullable(Type.Array(Loose()))),
  response: Type.Optional(Nullable(Type.Object({
    grpcMode: Type.Optional(Type.String()),
    host: Type.Optional(Type.String()),
    resolvedIp: Type.Optional(Type.String()),
    port: Type.Optional(Type.Number()),
    grpcMethod: Type.Optional(Type.String()),
    responseMessage: Type.Optional(Type.String()),
    grpcStatusCode: Type.Optional(Type.Number()),
    grpcStatusMessage: Type.Optional(Type.String()),
    healthStatus: Type.Optional(Nullable(Type.Number())),
    healthStatusLabel: Type.Optional(Type.String()),
    metadata: Type.Optional(Nullable(Type.Array(Loose()))),
    discoveredMethods: Type.Optional(Nullable(Type.Array(Type.String()))),
    requestError: Type.Optional(Nullable(Type.String())),
    timingPhases: Type.Optional(Nullable(Loose())),
  }, open))),
  ...evidence,
}, open);
/** What a trace left (B.12); of scheduled results the contract has it under the same key. */
const TracerouteCheckResult = Type.Object({
  totalHops: Type.Optional(Type.Number()),
  destinationReached: Type.Optional(Type.Boolean()),
  finalHopLatency: Type.Optional(Nullable(Loose())),
  timingPhases: Type.Optional(Nullable(Loose())),
  requestError: Type.Optional(Nullable(Type.String())),
  request: Type.Optional(Nullable(Loose())),
  assertions: Type.Optional(Nullable(Type.Array(Loose()))),
  response: Type.Optional(Nullable(Loose())),
  ...evidence,
}, open);

/** An SSL check (B.11). What is not known is left out; `securityBaseline` is null where something before it failed. */
const SslCheckResult = Type.Object({
  tlsVersion: Type.Optional(Type.String()),
  cipherSuite: Type.Optional(Type.String()),
  daysUntilExpiry: Type.Optional(Type.Number()),
  handshakeTimeMs: Type.Optional(Type.Number()),
  chainTrusted: Type.Optional(Type.Boolean()),
  hostnameVerified: Type.Optional(Type.Boolean()),
  baselineVerdict: Type.Optional(Type.String()),
  baselineGrade: Type.Optional(Type.String()),
  failureCategory: Type.Optional(Nullable(Type.String())),
  requestError: Type.Optional(Nullable(Type.String())),
  request: Type.Optional(Nullable(Loose())),
  assertions: Type.Optional(Nullable(Type.Array(Loose()))),
  response: Type.Optional(Nullable(Type.Object({
    resolvedIp: Type.Optional(Type.String()),
    protocol: Type.Optional(Type.String()),
    cipherSuite: Type.Optional(Type.String()),
    handshakeTimeMs: Type.Optional(Type.Number()),
    hostnameVerified: Type.Optional(Type.Boolean()),
    chainTrusted: Type.Optional(Type.Boolean()),
    daysUntilExpiry: Type.Optional(Type.Number()),
    ocspStapled: Type.Optional(Type.Boolean()),
    ocspStatus: Type.Optional(Type.String()),
    chainTrustReason: Type.Optional(Type.String()),
    chainTrustDetail: Type.Optional(Type.String()),
    incompleteChain: Type.Optional(Type.Boolean()),
    missingIntermediate: Type.Optional(Type.String()),
    securityBaseline: Type.Optional(Nullable(Loose())),
    certificate: Type.Optional(Nullable(Loose())),
    chain: Type.Optional(Nullable(Type.Array(Loose()))),
  }, open))),
  ...evidence,
}, open);

/** The heart of the product: `GET /v1/test-sessions/{testSessionId}/results/{testSessionResultId}`. Open to the keys of further types. */
export const TestSessionResult = Type.Object({
  ...listed,
  id: Uuid,
  privateLocationId: Type.Optional(Nullable(Uuid)),
  filePath: Type.Optional(Nullable(Type.String())),
  isCancelled: Type.Boolean(),
  overMaxResponseTime: Type.Boolean(),
  scheduleError: Type.Optional(Nullable(Type.String())),
  traceId: Nullable(Type.String()),
  created_at: DateTime,
  updated_at: Type.Optional(Nullable(DateTime)),
  apiCheckResult: Type.Optional(Nullable(ApiCheckResult)),
  browserCheckResult: Type.Optional(Nullable(BrowserCheckResult)),
  multiStepCheckResult: Type.Optional(Nullable(MultiStepCheckResult)),
  playwrightCheckResult: Type.Optional(Nullable(PlaywrightCheckResult)),
  agenticCheckResult: Type.Optional(Nullable(AgenticCheckResult)),
  grpcCheckResult: Type.Optional(Nullable(GrpcCheckResult)),
  sslCheckResult: Type.Optional(Nullable(SslCheckResult)),
  tracerouteCheckResult: Type.Optional(Nullable(TracerouteCheckResult)),
}, { additionalProperties: true });
export type TestSessionResult = Static<typeof TestSessionResult>;

export const ASSET_TYPES = ['log', 'trace', 'video', 'screenshot', 'pcap', 'report', 'file'] as const;
export type AssetType = (typeof ASSET_TYPES)[number];

/** What a result left in files (G.3). */
export const AssetManifest = Type.Object({
  assets: Type.Array(Type.Object({
    type: OneOf(ASSET_TYPES),
    name: Type.String({ minLength: 1 }),
    url: Type.String({ format: 'uri' }),
    contentType: Type.Optional(Type.String({ minLength: 1 })),
    source: Type.Object({
      type: OneOf(['check-result', 'test-session-result']),
      checkId: Type.Optional(Uuid),
      checkName: Type.Optional(Type.String({ minLength: 1 })),
      checkType: Type.Optional(Type.String({ minLength: 1 })),
      resultId: Type.Optional(Uuid),
      testSessionId: Type.Optional(Uuid),
    }),
    archive: Type.Optional(Type.Object({ entryName: Type.String({ minLength: 1 }) })),
  })),
  truncated: Type.Optional(Type.Boolean()),
  entriesReturned: Type.Optional(Type.Integer({ minimum: 0 })),
  entriesTotal: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type AssetManifest = Static<typeof AssetManifest>;
