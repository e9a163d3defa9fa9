/** Account-level environment variables (I.7). */
import { Type } from 'typebox';
import { Nullable } from './base.ts';

const Key = Type.String({ minLength: 1 });
const flags = { locked: Type.Optional(Type.Boolean({ default: false })), secret: Type.Optional(Type.Boolean({ default: false })) };

export const VariableRead = Type.Object({
  key: Key,
  /** Null for secrets, and for locked ones where the role may not see them. */
  value: Nullable(Type.String()),
  locked: Type.Boolean(),
  secret: Type.Boolean(),
});
/** Create and update echo the submitted value once. */
export const VariableMutation = Type.Object({ key: Key, value: Type.String(), locked: Type.Boolean(), secret: Type.Boolean() });

export const VariablesQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
  page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
});
export const VariableParams = Type.Object({ key: Key });
export const VariableCreate = Type.Object({ key: Key, value: Type.String(), ...flags });
export const VariableUpdate = Type.Object(
  { key: Type.Optional(Key), value: Type.String({ minLength: 1 }), ...flags }, { additionalProperties: false });
