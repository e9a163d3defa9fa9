/** `assay migrate`: brings the store up to date, for those who do that apart from the start. */
import type { Command } from 'commander';
import { readStoreConfig } from '../app/config.ts';
import { STORE_SETTINGS } from '../app/settings.ts';
import { print } from './print.ts';
import { addSettings, flagsOf } from './settingOptions.ts';

const HELP = `
Every start of a server does the same; this command is for those who want it done before.

Example:
  ASSAY_DATABASE_URL=postgres://assay:password@db/assay assay migrate`;

export function addMigrate(program: Command): void {
  const command = program.command('migrate').description('Bring the store up to date and end').addHelpText('after', HELP);
  addSettings(command, STORE_SETTINGS).action(async () => {
    const { openConfiguredStore } = await import('../app/openAccounts.ts');
    const config = readStoreConfig(flagsOf(command));
    const store = await openConfiguredStore(config);
    await store.close();
    print(`The store is up to date: ${config.databaseUrl ? 'PostgreSQL' : config.dataDir}.`);
  });
}
