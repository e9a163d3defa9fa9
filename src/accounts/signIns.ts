/**
 * People at the pages: a key becomes a sign-in that a browser keeps as a cookie, so that no page ever holds the key.
 * Promises: a token leaves this room once and is stored as a hash; a sign-in ends with its key, at its time, or when it is told to.
 */
import type { AccountsDeps } from './createAccounts.ts';
import { createKeyMemory } from './keyMemory.ts';
import { findHolder, hashOf, type KeyHolder } from './keys.ts';

/** ms that a browser stays signed in, and that a sign-in link of the terminal works. */
export const SIGN_IN_MS = 7 * 86_400_000;
const LINK_MS = 3_600_000;

type Kind = 'browser' | 'link';

export function createSignIns(deps: AccountsDeps) {
  const { store, clock, randomBytes } = deps;
  const memory = createKeyMemory<KeyHolder>(clock);
  const insert = async (kind: Kind, keyId: string, lifeMs: number): Promise<string> => {
    const token = randomBytes(32).toString('base64url');
    const now = clock();
    await store.transaction(async ({ db }) => {
      await db.deleteFrom('sign_ins').where('expires_at', '<', now).execute();
      await db.insertInto('sign_ins').values({ token_hash: hashOf(token), kind, key_id: keyId, created_at: now, expires_at: now + lifeMs }).execute();
    });
    return token;
  };
  return {
    /** A browser's sign-in for the holder of a key. @returns the token for its cookie. */
    signIn: (keyId: string): Promise<string> => insert('browser', keyId, SIGN_IN_MS),
    /** A link that signs one browser in, once, within the hour. @returns its token. */
    createSignInLink: (keyId: string): Promise<string> => insert('link', keyId, LINK_MS),
    /** Uses a link up. @returns the key it was made for; null when it is unknown, used or too old. */
    async redeemLink(token: string): Promise<string | null> {
      return store.transaction(async ({ db }) => {
        const row = await db.deleteFrom('sign_ins').where('token_hash', '=', hashOf(token)).where('kind', '=', 'link').returningAll().executeTakeFirst();
        return row && row.expires_at > clock() ? row.key_id : null;
      });
    },
    /** The holder of a browser's token, where it is remembered from a moment ago. */
    recallSignIn: (token: string): KeyHolder | undefined => memory.recall(hashOf(token)),
    /** The holder of a browser's token; null for an unknown or ended one, and when its key was revoked. */
    async findSignIn(token: string): Promise<KeyHolder | null> {
      const hash = hashOf(token);
      const known = memory.recall(hash);
      if (known) return known;
      const row = await store.read.selectFrom('sign_ins').selectAll().where('token_hash', '=', hash).where('kind', '=', 'browser').where('expires_at', '>', clock()).executeTakeFirst();
      const holder = row && await findHolder(store.read, row.key_id);
      if (!holder) return null;
      memory.keep(hash, holder);
      return holder;
    },
    async signOut(token: string): Promise<void> {
      await store.transaction(async (tx) => {
        await tx.db.deleteFrom('sign_ins').where('token_hash', '=', hashOf(token)).execute();
        tx.onCommit(memory.forget);
      });
    },
    /** Remembered sign-ins are read again from now on: call it after a change of keys or memberships. */
    forgetSignIns: memory.forget,
  };
}
