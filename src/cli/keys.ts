/** `assay keys`: works on the store itself, whether a server runs or not. */
import { Option, type Command } from 'commander';
import { readStoreConfig } from '../app/config.ts';
import { STORE_SETTINGS } from '../app/settings.ts';
import type { Role } from '../contract/checkTypes.ts';
import { print, printJson, printTable } from './print.ts';
import { addSettings, flagsOf } from './settingOptions.ts';

const ROLES: Readonly<Record<string, Exclude<Role, 'OWNER'>>> = {
  'read-only': 'READ_ONLY', 'read-run': 'READ_RUN', 'read-write': 'READ_WRITE', admin: 'ADMIN',
};

const HELP = `
A key made here is a service key: it opens one account, with a role of its own. read-only reads; read-run also starts
and cancels sessions; read-write also changes variables and locations; admin also looks after members.

Examples:
  assay keys create --account 7d1c… --role read-run --name ci --json
  {"accountId":"7d1c…","apiKey":"sv_…"}
  assay keys list --account 7d1c…
  assay keys revoke --key 1f0a…`;

function addCreate(keys: Command): void {
  const command = keys.command('create').description('Make an API key for an account')
    .requiredOption('--account <id>', 'the account it opens')
    .addOption(new Option('--role <role>', 'what it may do').choices(Object.keys(ROLES)).makeOptionMandatory())
    .option('--name <name>', 'what it is for', 'service key')
    .option('--json', 'print {accountId, apiKey} and nothing else')
    .addHelpText('after', HELP);
  addSettings(command, STORE_SETTINGS).action(async () => {
    const { withAccounts } = await import('../app/openAccounts.ts');
    const { account, role, name, json } = command.opts<{ account: string; role: string; name: string; json?: boolean }>();
    const { apiKey } = await withAccounts(readStoreConfig(flagsOf(command)), (all) =>
      all.createServiceKey({ accountId: account, role: ROLES[role] ?? 'READ_ONLY', name }));
    if (json) return printJson({ accountId: account, apiKey });
    print(`A ${role} key was made. It is shown now and never again:`);
    print(`  account   ${account}`);
    print(`  API key   ${apiKey}`);
  });
}

const time = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString());

function addList(keys: Command): void {
  const command = keys.command('list').description('List the keys that open an account')
    .requiredOption('--account <id>', 'the account').option('--json', 'print a JSON array');
  addSettings(command, STORE_SETTINGS).action(async () => {
    const { withAccounts } = await import('../app/openAccounts.ts');
    const { account, json } = command.opts<{ account: string; json?: boolean }>();
    const list = await withAccounts(readStoreConfig(flagsOf(command)), async (all) => {
      await all.getAccount(account);
      return all.listKeys(account);
    });
    if (json) return printJson(list);
    printTable(['KEY', 'KIND', 'NAME', 'ROLE', 'ENDS WITH', 'MADE', 'LAST USED'], list.map((key) =>
      [key.id, key.kind, key.name, key.role, key.masked, time(key.createdAt), time(key.lastUsedAt)]));
  });
}

function addRevoke(keys: Command): void {
  const command = keys.command('revoke').description('End a key for good; a running server knows within seconds')
    .requiredOption('--key <id>', 'the id that `assay keys list` shows');
  addSettings(command, STORE_SETTINGS).action(async () => {
    const { withAccounts } = await import('../app/openAccounts.ts');
    const { key } = command.opts<{ key: string }>();
    await withAccounts(readStoreConfig(flagsOf(command)), (all) => all.revokeKey(key));
    print(`Key ${key} was revoked.`);
  });
}

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('Make, list and revoke API keys').addHelpText('after', HELP);
  addCreate(keys);
  addList(keys);
  addRevoke(keys);
}
