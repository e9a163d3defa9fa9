/**
 * The building blocks every resource of the public API shares.
 * Promises: plain JSON Schema out of TypeBox, so that validation, types and /openapi.json come from one place.
 * Never: a business rule, or anything that runs.
 */
import { Type, type Static, type TSchema } from 'typebox';

/** A schema or JSON `null`; rendered in OpenAPI as `nullable`. */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const Uuid = Type.String({ format: 'uuid' });
/** ISO-8601 in UTC with milliseconds (semantics.md, "How to read it"). */
export const DateTime = Type.String({ format: 'date-time' });
/** An object whose keys clients must tolerate (A.5, last paragraph). */
export const OpenObject = Type.Object({}, { additionalProperties: true });
/** One of the given words. */
export const OneOf = <const T extends readonly string[]>(values: T, options: object = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });

/** The account header; optional, see I.1. */
export const AccountHeader = Type.Object({ 'x-checkly-account': Type.Optional(Uuid) });

export type { Static, TSchema };
