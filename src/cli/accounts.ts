/** `assay accounts`: works on the store itself, whether a server runs or not. */
import type { Command } from 'commander';
import { readStoreConfig } from '../app/config.ts';
import { STORE_SETTINGS } from '../app/settings.ts';
import { print, printJson, printTable } from './print.ts';
import { addSettings, flagsOf } from './settingOptions.ts';

const HELP = `
Example:
  assay accounts create --name "Payments team" --json
  {"accountId":"…","apiKey":"cu_…"}`;

function addCreate(accounts: Command): void {
  const command = accounts.command('create').description('Make an account with its owner and the owner\'s first API key')
    .requiredOption('--name <name>', 'name of the account')
    .option('--json', 'print {accountId, apiKey} and nothing else')
    .addHelpText('after', `\nThe key is shown now and never again; the store keeps a hash.\n${HELP}`);
  addSettings(command, STORE_SETTINGS).action(async () => {
    const { withAccounts } = await import('../app/openAccounts.ts');
    const { name, json } = command.opts<{ name: string; json?: boolean }>();
    if (name.trim() === '') command.error('error: --name must not be empty');
    const { accountId, apiKey } = await withAccounts(readStoreConfig(flagsOf(command)), (all) => all.createAccount({ name }));
    if (json) return printJson({ accountId, apiKey });
    print(`Account ${JSON.stringify(name)} was made. Its key is shown now and never again:`);
    print(`  account   ${accountId}`);
    print(`  API key   ${apiKey}`);
  });
}

function addList(accounts: Command): void {
  const command = accounts.command('list').description('List the accounts').option('--json', 'print a JSON array of {id, name}');
  addSettings(command, STORE_SETTINGS).action(async () => {
    const { withAccounts } = await import('../app/openAccounts.ts');
    const list = await withAccounts(readStoreConfig(flagsOf(command)), (all) => all.listAccounts());
    if (command.opts<{ json?: boolean }>().json) return printJson(list.map(({ id, name }) => ({ id, name })));
    printTable(['ACCOUNT', 'NAME'], list.map(({ id, name }) => [id, name]));
  });
}

export function addAccounts(program: Command): void {
  const accounts = program.command('accounts').description('Make and list accounts').addHelpText('after', HELP);
  addCreate(accounts);
  addList(accounts);
}
