/** Public regions (H.6) and private locations (H.1). */
import { Type } from 'typebox';
import { DateTime, Nullable, Uuid } from './base.ts';
import { EgressGiven, EgressPolicy } from './egress.ts';

export const LocationList = Type.Array(Type.Object({ region: Type.String(), name: Type.String() }));

/** No slug looks like a region code, so that a name means one place. */
const SLUG = '^((?!((us(-gov)?|ap|ca|cn|eu|sa|af|me)-(central|(north|south)?(east|west)?)-\\d+))[a-zA-Z0-9-]{1,30})$';

export const PrivateLocationKey = Type.Object({
  id: Uuid,
  /** The plain key in the answer that made it, empty everywhere else. */
  rawKey: Type.String(),
  maskedKey: Type.String(),
  created_at: DateTime,
  updated_at: Type.Optional(Nullable(DateTime)),
});

const common = {
  id: Uuid,
  name: Type.String(),
  slugName: Type.String(),
  icon: Type.Optional(Type.String()),
  created_at: DateTime,
  updated_at: Type.Optional(Nullable(DateTime)),
  keys: Type.Optional(Type.Array(PrivateLocationKey)),
  proxyUrl: Type.Optional(Nullable(Type.String())),
  /** Where checks and user code of this location may connect to. */
  egress: Type.Optional(EgressPolicy),
};
/** The answer to create and update. */
export const PrivateLocationCore = Type.Object(common);
export const PrivateLocation = Type.Object({
  ...common,
  lastSeen: Type.Optional(Nullable(DateTime)),
  agentCount: Type.Optional(Nullable(Type.Number())),
  minAgentVersion: Type.Optional(Nullable(Type.String())),
  runningAgents: Type.Optional(Type.Array(Type.Object({
    version: Type.String(),
    isOutdated: Type.Boolean(),
    count: Type.Number(),
    agents: Type.Array(Type.Object({ id: Type.String(), lastSeenAt: Type.String() })),
  }))),
});

export const PrivateLocationsQuery = Type.Object({ versions: Type.Optional(Type.Boolean({ default: false })) });
export const PrivateLocationCreate = Type.Object({
  name: Type.String(),
  slugName: Type.String({ pattern: SLUG }),
  icon: Type.Optional(Type.String({ default: 'location' })),
  proxyUrl: Type.Optional(Nullable(Type.String())),
  egress: Type.Optional(EgressGiven),
});
export const PrivateLocationUpdate = Type.Object({
  name: Type.String(),
  icon: Type.Optional(Type.String()),
  proxyUrl: Type.Optional(Nullable(Type.String())),
  egress: Type.Optional(EgressGiven),
});

/** Unix time in s, or a date. */
export const PrivateLocationMetricsQuery = Type.Object({ from: Type.String(), to: Type.String() });
/** Parallel arrays; `oldestScheduledCheckRun` in s. */
export const PrivateLocationMetrics = Type.Object({
  timestamps: Type.Optional(Type.Array(DateTime)),
  queueSize: Type.Optional(Type.Array(Type.Number())),
  oldestScheduledCheckRun: Type.Optional(Type.Array(Type.Number())),
});
