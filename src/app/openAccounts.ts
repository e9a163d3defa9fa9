/** The accounts of a store for the command line, beside a running server or without one. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createAccounts, type Accounts } from '../accounts/createAccounts.ts';
import { openStore, type Store } from '../store/openStore.ts';
import { createSeal } from '../store/seal.ts';
import type { StoreConfig } from './config.ts';
import { openDataFolder } from './dataFolder.ts';
import { loadSecretKey } from './secretKey.ts';

/** Opens the store without the server's lock, up to date. Throws a sentence where it cannot be reached. */
export async function openConfiguredStore({ dataDir, databaseUrl }: StoreConfig): Promise<Store> {
  if (databaseUrl === null) {
    openDataFolder(dataDir);
    return openStore({ kind: 'sqlite', folder: dataDir, exclusive: false });
  }
  try {
    return await openStore({ kind: 'postgres', url: databaseUrl });
  } catch (error) {
    // A failed connection to several addresses has its reasons inside.
    const inner = error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error);
    throw new Error(`The PostgreSQL of ASSAY_DATABASE_URL cannot be used: ${inner.message}.`, { cause: error });
  }
}

/** Runs `work` with the accounts of the store and closes it again. */
export async function withAccounts<T>(config: StoreConfig, work: (accounts: Accounts) => Promise<T>): Promise<T> {
  const store = await openConfiguredStore(config);
  try {
    const seal = createSeal(loadSecretKey(config.dataDir, config.secretKey), () => randomBytes(12));
    return await work(createAccounts({ store, clock: () => Date.now(), newId: randomUUID, randomBytes, seal }));
  } finally {
    await store.close();
  }
}
