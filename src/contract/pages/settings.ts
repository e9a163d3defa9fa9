/** What the settings pages are told and tell: keys, places with their agents, retention, and where the CLI finds this server. */
import { Type, type Static } from 'typebox';
import { DateTime, Nullable, OneOf, Uuid } from '../base.ts';
import { ROLES } from '../checkTypes.ts';
import { SANDBOX_LEVELS } from '../sandbox.ts';
import { GIVEN_ROLES } from '../members.ts';

const KEY_KINDS = ['user', 'service'] as const;

const Key = Type.Object({
  id: Uuid, kind: OneOf(KEY_KINDS), name: Type.String(),
  /** Whose it is; null for a service key. */
  owner: Nullable(Type.String()),
  maskedKey: Type.String(), role: OneOf(ROLES), createdAt: DateTime,
  /** To the minute; null: never. */
  lastUsedAt: Nullable(DateTime),
  /** The caller is here by way of this one. */
  isCurrent: Type.Boolean(),
  /** Whether the caller may end it. */
  mayRevoke: Type.Boolean(),
});
export type Key = Static<typeof Key>;
export const KeyList = Type.Object({
  keys: Type.Array(Key),
  /** Kinds that the caller may make. */
  mayCreate: Type.Array(OneOf(KEY_KINDS)),
  /** False: only the caller's own keys are shown. */
  isWhole: Type.Boolean(),
});
export type KeyList = Static<typeof KeyList>;

const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
/** A service key has a role of its own; a personal one opens what its person may open. */
export const KeyWish = Type.Object({ kind: OneOf(KEY_KINDS), name: Name, role: Type.Optional(OneOf(GIVEN_ROLES)) }, { additionalProperties: false });
export type KeyWish = Static<typeof KeyWish>;
/** `apiKey` is in this answer alone. */
export const NewKey = Type.Object({ id: Uuid, apiKey: Type.String() });
export type NewKey = Static<typeof NewKey>;

const Slots = Type.Object({ light: Type.Integer(), heavy: Type.Integer() });
const Agent = Type.Object({
  id: Type.String(), name: Type.String(), version: Type.String(), isAlive: Type.Boolean(), firstSeenAt: DateTime, lastSeenAt: DateTime,
  slots: Slots,
  /** Of them, those with a run in them. */
  taken: Slots,
  /** null: it has told nothing. A level of null: it refuses user code. */
  sandbox: Nullable(Type.Object({ level: Nullable(OneOf(SANDBOX_LEVELS)), says: Type.String() })),
});
export type Agent = Static<typeof Agent>;
const Place = Type.Object({
  id: Type.String(), name: Type.String(),
  /** null for the place that every public region leads to. */
  slugName: Nullable(Type.String()),
  /** Living ones first; of those that are gone, the latest. */
  agents: Type.Array(Agent),
  /** Runs that could begin if there were a free slot. */
  waiting: Slots, oldestWaitingAt: Nullable(DateTime),
});
export type Place = Static<typeof Place>;
export const PlaceList = Type.Object({
  places: Type.Array(Place),
  /** So much waits that counting was given up. */
  waitingIsLeast: Type.Boolean(),
});
export type PlaceList = Static<typeof PlaceList>;

const RetentionClass = Type.Object({
  name: Type.String(),
  /** After the end of its session; 0: for ever. */
  days: Type.Integer({ minimum: 0 }),
  /** What would go now; null where the caller's role is not told. */
  due: Nullable(Type.Object({
    count: Type.Integer(), atLeast: Type.Boolean(),
    /** null for whole sessions. */
    bytes: Nullable(Type.Integer()), oldest: Nullable(DateTime),
  })),
});
export type RetentionClass = Static<typeof RetentionClass>;
export const RetentionPage = Type.Object({ classes: Type.Array(RetentionClass) });
export type RetentionPage = Static<typeof RetentionPage>;

/** Where clients find this server. */
export const Connection = Type.Object({ apiUrl: Type.String(), mqttUrl: Type.String(), accountId: Uuid });
export type Connection = Static<typeof Connection>;
