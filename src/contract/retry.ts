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

/** The same in a check from code, where constructs write it more freely: `NO_RETRIES` by name, `onlyOn` as a bare word (A.7). */
export const CodeRetryStrategy = Type.Object({
  type: OneOf(['FIXED', 'LINEAR', 'EXPONENTIAL', 'SINGLE_RETRY', 'NO_RETRIES']),
  baseBackoffSeconds: Type.Optional(Type.Number({ minimum: 0, default: 60 })),
  maxRetries: Type.Optional(Type.Integer({ minimum: 0, maximum: 10, default: 2 })),
  maxDurationSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 600, default: 600 })),
  sameRegion: Type.Optional(Type.Boolean({ default: true })),
  onlyOn: Type.Optional(Nullable(Type.Union([Type.Literal('NETWORK_ERROR'), Type.Array(Type.Literal('NETWORK_ERROR'))]))),
});

/** One form for the engine; null when there is nothing to retry. */
export function retryFromCode(given: Static<typeof CodeRetryStrategy> | null | undefined): RetryStrategy | null {
  if (!given || given.type === 'NO_RETRIES' || given.maxRetries === 0) return null;
  const { type, onlyOn, ...numbers } = given;
  return { ...numbers, type, ...(onlyOn?.length ? { onlyOn: ['NETWORK_ERROR' as const] } : {}) } as RetryStrategy;
}
