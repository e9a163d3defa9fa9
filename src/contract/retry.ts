/** Retry strategies as they arrive (A.7). */
import { Type, type Static } from 'typebox';
import { Nullable, OneOf } from './base.ts';

const common = {
  baseBackoffSeconds: Type.Optional(Type.Number({ default: 60, minimum: 0, maximum: 600 })),
  sameRegion: Type.Optional(Type.Boolean({ default: true })),
  onlyOn: Type.Optional(Type.Array(OneOf(['NETWORK_ERROR']))),
};
const Repeated = Type.Object({
  ...common,
  type: OneOf(['FIXED', 'LINEAR', 'EXPONENTIAL']),
  maxRetries: Type.Optional(Type.Number({ minimum: 1, maximum: 10, default: 2 })),
  maxDurationSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 600, default: 600 })),
});
const Once = Type.Object({ ...common, type: OneOf(['SINGLE_RETRY']) });

/** Absent, null and `NO_RETRIES` all mean one run only. */
export const RetryStrategy = Nullable(Type.Union([Repeated, Once]));
export type RetryStrategy = Exclude<Static<typeof RetryStrategy>, null>;
