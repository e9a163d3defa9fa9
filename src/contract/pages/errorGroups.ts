/** What the pages about error groups are told beyond the public API (F): all projects in one list, the days on which a group was seen, its sessions and results. */
import { Type, type Static } from 'typebox';
import { DateTime, Nullable, OneOf, Uuid } from '../base.ts';
import { CheckTypeSchema, RESULT_TYPES, SESSION_STATUSES } from '../checkTypes.ts';
import { TestSessionErrorGroup } from '../errorGroups.ts';
import { Flakiness } from '../flakiness.ts';

/** A time zone by its name of the IANA list. */
const Zone = Type.Optional(Type.String({ minLength: 1, maxLength: 64, default: 'UTC' }));

/** A day of the reader's zone, from `from` to before `to`. */
const Day = Type.Object({
  /** `2026-11-27` */
  day: Type.String(), from: DateTime, to: DateTime,
  /** In how many sessions of this day; `atLeast` where counting was given up. */
  sessions: Type.Integer({ minimum: 0 }), atLeast: Type.Boolean(),
});
export type Day = Static<typeof Day>;

/** How a group is hidden; null: it is not. */
const Archived = Nullable(OneOf(['until-next-event', 'for-ever']));
const more = { projectName: Nullable(Type.String()), archived: Archived, days: Type.Array(Day) };

export const GroupListQuery = Type.Object({
  zone: Zone,
  /** The hidden ones instead of the others. */
  archived: Type.Optional(Type.Boolean({ default: false })),
  projectId: Type.Optional(Uuid),
  environment: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
  textSearch: Type.Optional(Type.String({ minLength: 3, maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 20 })),
  nextId: Type.Optional(Type.String({ minLength: 1 })),
});
export type GroupListQuery = Static<typeof GroupListQuery>;

const ListedGroup = Type.Object({
  id: Uuid, projectId: Nullable(Uuid), cleanedErrorMessage: Type.String(), firstSeen: DateTime, lastSeen: DateTime,
  environments: Type.Array(Type.String()), flakiness: Flakiness, ...more,
  /** One of the results that showed it last; null where none is kept any more. */
  lastResult: Nullable(Type.Object({ sessionId: Uuid, resultId: Uuid, name: Type.String() })),
});
export type ListedGroup = Static<typeof ListedGroup>;
export const GroupList = Type.Object({ entries: Type.Array(ListedGroup), nextId: Nullable(Type.String()) });
export type GroupList = Static<typeof GroupList>;

export const GroupQuery = Type.Object({ zone: Zone });
/** One group whole. `mayArchive`: whether the caller's role allows it. */
export const GroupPage = Type.Object({ ...TestSessionErrorGroup.properties, ...more, mayArchive: Type.Boolean() });
export type GroupPage = Static<typeof GroupPage>;

export const GroupSessionsQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10 })),
  nextId: Type.Optional(Type.String({ minLength: 1 })),
});

const Text = Nullable(Type.String());
const Status = OneOf(SESSION_STATUSES);
const SeenResult = Type.Object({
  id: Uuid, name: Type.String(), checkType: CheckTypeSchema, resultType: OneOf(RESULT_TYPES), attempt: Type.Integer(), status: Status,
  hasErrors: Type.Boolean(), isDegraded: Type.Boolean(), runLocation: Type.String(),
});
export type SeenResult = Static<typeof SeenResult>;
const SeenSession = Type.Object({
  id: Uuid, name: Type.String(), status: Status, environment: Text, branchName: Text, commitId: Text, commitOwner: Text, startedAt: DateTime,
  /** Everything that showed the error passed in the end; null as long as that is not decided. */
  overcome: Nullable(Type.Boolean()),
  results: Type.Array(SeenResult),
  /** There are more results than these in the session. */
  hasMore: Type.Boolean(),
});
export type SeenSession = Static<typeof SeenSession>;
export const GroupSessions = Type.Object({ entries: Type.Array(SeenSession), nextId: Nullable(Type.String()) });
export type GroupSessions = Static<typeof GroupSessions>;

export const ProjectList = Type.Array(Type.Object({ id: Uuid, name: Type.String() }));
export type ProjectList = Static<typeof ProjectList>;
