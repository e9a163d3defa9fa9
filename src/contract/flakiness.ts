/** How often something failed and then passed, over the last sessions in which it said anything. Ours alone; additional wherever it stands. */
import { Type, type Static } from 'typebox';
import { DateTime, Nullable, Uuid } from './base.ts';
import { CheckTypeSchema } from './checkTypes.ts';

export const Flakiness = Type.Object({
  /** `flakySessions / sessions`, from 0 to 1; null as long as there are none. */
  flakeRate: Nullable(Type.Number({ minimum: 0, maximum: 1 })),
  flakySessions: Type.Integer({ minimum: 0 }),
  /** How many were looked at: at most as many as were asked for. */
  sessions: Type.Integer({ minimum: 0 }),
});
export type Flakiness = Static<typeof Flakiness>;

export const DEFAULT_SESSIONS = 20;
/** Over how many sessions a rate is taken, the latest. */
export const Sessions = Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: DEFAULT_SESSIONS }));

/** A check of a project: a logical id, with the name and type that it had last. */
export const CheckFlakiness = Type.Object({
  logicalId: Type.String(), checkId: Nullable(Uuid), checkType: CheckTypeSchema, name: Type.String(), lastTestSessionId: Uuid, lastSeen: DateTime,
  flakiness: Flakiness,
});
export type CheckFlakiness = Static<typeof CheckFlakiness>;

export const CheckFlakinessQuery = Type.Object({
  sessions: Sessions,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
  page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
});
