/**
 * The key that a first start makes, so that nobody has to create an account before the first session.
 * Promises: the plain key is in one file that only its owner may read, and is told once; a key that still works is kept.
 * Never: a key in the store in plain.
 */
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Accounts } from '../accounts/createAccounts.ts';

export interface Credentials { accountId: string; apiKey: string; apiUrl: string; mqttUrl: string }

const fileIn = (dataDir: string): string => join(dataDir, 'credentials.json');

/** What the file says, or null when it is missing or not ours. */
function readCredentials(dataDir: string): Pick<Credentials, 'accountId' | 'apiKey'> | null {
  try {
    const { accountId, apiKey } = JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as Record<string, unknown>;
    return typeof accountId === 'string' && typeof apiKey === 'string' ? { accountId, apiKey } : null;
  } catch {
    return null;
  }
}

function writeCredentials(dataDir: string, credentials: Credentials): void {
  const draft = `${fileIn(dataDir)}.new`;
  writeFileSync(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  // A draft that a crash left behind keeps its own mode.
  chmodSync(draft, 0o600);
  renameSync(draft, fileIn(dataDir));
}

/** A new account on an empty store, else a new key for the owner of the oldest account: the plain keys of others are nowhere. */
async function makeKey(accounts: Accounts): Promise<Pick<Credentials, 'accountId' | 'apiKey'>> {
  const [account] = await accounts.listAccounts();
  const [owner] = account ? await accounts.listMembers(account.id, { role: 'OWNER', limit: 1 }) : [];
  if (!account || !owner) return accounts.createAccount({ name: 'My account' });
  const { apiKey } = await accounts.createUserKey({ userId: owner.userId, name: 'assay dev' });
  return { accountId: account.id, apiKey };
}

/** Credentials that work on this server, in the data folder's file with today's addresses. @returns `isNew`: the key was made now. */
export async function ensureCredentials(
  accounts: Accounts, dataDir: string, urls: Pick<Credentials, 'apiUrl' | 'mqttUrl'>,
): Promise<{ credentials: Credentials; isNew: boolean; file: string }> {
  const known = readCredentials(dataDir);
  const holder = known ? await accounts.findPrincipal(known.apiKey) : null;
  const works = known && holder?.accounts.some((account) => account.accountId === known.accountId);
  const { accountId, apiKey } = works ? known : await makeKey(accounts);
  const credentials: Credentials = { accountId, apiKey, apiUrl: urls.apiUrl, mqttUrl: urls.mqttUrl };
  writeCredentials(dataDir, credentials);
  return { credentials, isNew: !works, file: fileIn(dataDir) };
}
