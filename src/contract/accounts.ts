/** Accounts, the calling user and entitlements (I.6). */
import { Type, type Static } from 'typebox';
import { OneOf, OpenObject, Uuid } from './base.ts';

const Tier = OneOf(['hobby', 'starter', 'team']);
const AddonTier = Type.Object({ tier: Type.Optional(Tier), tierDisplayName: Type.Optional(Type.String()) });
const Addons = Type.Object({ communicate: Type.Optional(AddonTier), resolve: Type.Optional(AddonTier) });

export const Account = Type.Object({
  id: Uuid,
  name: Type.Optional(Type.String()),
  /** The runtime of checks that name none; must be in the list of runtimes. */
  runtimeId: Type.Optional(Type.String()),
  plan: Type.Optional(Type.String()),
  planDisplayName: Type.Optional(Type.String()),
  addons: Type.Optional(Addons),
  settings: Type.Optional(OpenObject),
  alertSettings: Type.Optional(OpenObject),
  features: Type.Optional(Type.Array(Type.String())),
});
export type Account = Static<typeof Account>;

/** The person behind a user key, or the service key itself. */
export const CallingUser = Type.Object({ id: Uuid, name: Type.String(), email: Type.Optional(Type.String()) });

export const Entitlement = Type.Object({
  key: Type.String(),
  name: Type.String(),
  description: Type.String(),
  type: OneOf(['flag', 'metered']),
  enabled: Type.Boolean(),
  quantity: Type.Optional(Type.Integer({ minimum: 0 })),
  requiredPlan: Type.Optional(Type.String()),
  requiredPlanDisplayName: Type.Optional(Type.String()),
  requiredAddon: Type.Optional(Type.Object({ name: Type.String(), displayName: Type.String(), tier: Tier, tierDisplayName: Type.String() })),
});
export type Entitlement = Static<typeof Entitlement>;

export const Entitlements = Type.Object({
  plan: Type.String(),
  planDisplayName: Type.Optional(Type.String()),
  addons: Type.Optional(Addons),
  locations: Type.Object({
    all: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), available: Type.Boolean() })),
    maxPerCheck: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  entitlements: Type.Array(Entitlement),
});
