/** Roles as people call them. What a role may do, the server says. */
import type { Role } from '../../contract/checkTypes.ts';

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  OWNER: 'Owner', ADMIN: 'Admin', READ_WRITE: 'Read & Write', READ_RUN: 'Read & Run', READ_ONLY: 'Read Only',
};
