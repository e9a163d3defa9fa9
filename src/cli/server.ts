/** `assay server`: a server as a service. */
import type { Command } from 'commander';
import { readServerConfig } from '../app/config.ts';
import { SERVER_SETTINGS } from '../app/settings.ts';
import { addSettings, flagsOf } from './settingOptions.ts';

const HELP = `
Logs JSON lines on standard output. Makes no account: use \`assay accounts create\`. Answers /healthz, /readyz and
/metrics (Prometheus). SIGINT and SIGTERM stop it cleanly; what was running goes on after the next start.

Examples:
  assay server --host 0.0.0.0 --public-url https://assay.example.com
  ASSAY_DATABASE_URL=postgres://assay:password@db/assay assay server     several servers may share one PostgreSQL
  ASSAY_BUILTIN_AGENT=0 assay server                                     leave the checks to agents elsewhere`;

export function addServer(program: Command, exit: (code: number) => void): void {
  const command = program.command('server').description('Start a server as a service').addHelpText('after', HELP);
  addSettings(command, SERVER_SETTINGS).action(async () => {
    const { serveUntilStopped } = await import('../app/serve.ts');
    exit(await serveUntilStopped(readServerConfig(flagsOf(command))));
  });
}
