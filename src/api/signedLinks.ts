/**
 * Addresses of files that are good without a key, for a day (G.5): a person's browser and the trace viewer open them.
 * Promises: nothing but the one file is reached by one; an altered or expired one is told from a good one in constant time.
 * Never: kept anywhere; they are made anew on each read. Servers that share the secret key take each other's links.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface LinkedFile { id: string; account_id: string; name: string }
/** A link's parts as a caller sent them; `expires` in Unix s. */
export interface LinkParts { accountId: string; assetId: string; name: string; expires: string; signature: string }

export interface SignedLinks {
  /** Absolute; good for 24 h at least. */
  linkTo(file: LinkedFile): string;
  /** Unix ms until which a text with links of this moment may be shown: an hour of each link is left then. */
  shownUntil(): number;
  judge(link: LinkParts): 'good' | 'expired' | 'forged';
}

export const LINK_PATH = '/assets';
const HOUR_MS = 3_600_000;
/** Until the end of an hour, so that links of one hour are the same and browsers may keep what they got. */
const HOURS = 24;
const LONGEST_NAME = 100;

/** @param key at least 32 bytes that nobody else has. @param clock in Unix ms. */
export function createSignedLinks({ key, publicUrl, clock }: { key: Buffer; publicUrl: () => string; clock: () => number }): SignedLinks {
  const sign = (...parts: string[]) => createHmac('sha256', key).update(JSON.stringify(parts)).digest();
  const expiry = () => (Math.floor(clock() / HOUR_MS) + 1 + HOURS) * HOUR_MS;
  return {
    linkTo({ id, account_id: accountId, name }) {
      const shown = baseName(name);
      const expires = String(expiry() / 1000);
      const signature = sign(accountId, id, shown, expires).toString('base64url');
      return `${publicUrl()}${LINK_PATH}/${accountId}/${id}/${encodeURIComponent(shown)}?expires=${expires}&signature=${signature}`;
    },
    shownUntil: () => expiry() - HOUR_MS,
    judge({ accountId, assetId, name, expires, signature }) {
      const given = Buffer.from(signature, 'base64url');
      const own = sign(accountId, assetId, name, expires);
      if (given.length !== own.length || !timingSafeEqual(given, own)) return 'forged';
      return Number(expires) * 1000 > clock() ? 'good' : 'expired';
    },
  };
}

/** What a path of a project ends with, short enough for an address. */
export function baseName(name: string): string {
  const last = name.split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..').at(-1) ?? 'file';
  // Half a character of two would not be encodable.
  return [...last.toWellFormed()].slice(-LONGEST_NAME).join('');
}
