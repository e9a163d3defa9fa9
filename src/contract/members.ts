/** The members of an account (I.6). Invitations are in the shape only: there are none. */
import { Type } from 'typebox';
import { DateTime, Nullable, OneOf, Uuid } from './base.ts';
import { ROLES } from './checkTypes.ts';

const Email = Type.String({ format: 'email' });
/** The owner's role is neither given nor taken. */
export const GIVEN_ROLES = ['ADMIN', 'READ_WRITE', 'READ_RUN', 'READ_ONLY'] as const;

export const AccountMember = Type.Object({
  type: OneOf(['member']),
  accountId: Uuid,
  userId: Uuid,
  name: Nullable(Type.String()),
  email: Email,
  role: OneOf(ROLES),
  status: OneOf(['ACTIVE']),
  createdAt: DateTime,
  updatedAt: DateTime,
  isSupportMembership: Type.Boolean(),
  ssoEnabled: Type.Boolean(),
  mfaEnabled: Type.Boolean(),
});
export const AccountInvite = Type.Object({
  type: OneOf(['invite']),
  id: Uuid,
  accountId: Uuid,
  email: Email,
  role: OneOf(GIVEN_ROLES),
  status: OneOf(['PENDING', 'EXPIRED']),
  inviterEmail: Email,
  createdAt: DateTime,
  updatedAt: DateTime,
  expiresAt: DateTime,
});
export const AccountMembersList = Type.Object({
  members: Type.Array(Type.Union([AccountMember, AccountInvite])),
  length: Type.Integer({ minimum: 0 }),
  nextId: Nullable(Type.String()),
});

export const AccountMembersQuery = Type.Object({
  search: Type.Optional(Type.String()),
  type: Type.Optional(OneOf(['member', 'invite'])),
  role: Type.Optional(OneOf(ROLES)),
  status: Type.Optional(OneOf(['ACTIVE', 'PENDING', 'EXPIRED'])),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  nextId: Type.Optional(Type.String({ minLength: 1 })),
});
export const AccountMemberUpdate = Type.Object({ role: OneOf(GIVEN_ROLES) }, { additionalProperties: false });
