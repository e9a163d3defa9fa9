/** `assay dev`: everything in one process, for trying out and for one's own machine. */
import type { Command } from 'commander';
import { logLevelGiven, readServerConfig } from '../app/config.ts';
import { SERVER_SETTINGS } from '../app/settings.ts';
import { print } from './print.ts';
import { addSettings, flagsOf } from './settingOptions.ts';

const HELP = `
The first start makes an account and an API key and keeps them in credentials.json in the data folder.
When the port is taken, the next free one is used. The log goes to assay.log in the data folder unless
ASSAY_LOG_LEVEL (or --log-level) is given; then it goes to the terminal.

Examples:
  assay dev                        serve on http://127.0.0.1:3000, keep everything in .assay/
  assay dev --port 4000 --data-dir /var/lib/assay
  assay dev --sample               run the example project against a small shop first (source folder only)
  assay dev --sample --once        end after that: 0 when everything came out as it should, else 1`;

export function addDev(program: Command, exit: (code: number) => void): void {
  const command = program.command('dev').description('Start a server with an agent, an account and a key for this machine')
    .option('--sample', 'serve the sample shop and run examples/quickstart against it')
    .option('--no-sample', 'leave the sample out (the default)')
    .option('--no-open', 'print the link that signs in to the pages without opening it in a browser')
    .option('--once', 'with --sample: end after it instead of serving on')
    .addHelpText('after', HELP);
  addSettings(command, SERVER_SETTINGS).action(async () => {
    const { dev } = await import('../app/dev.ts');
    const { sample = false, once = false, open = true } = command.opts<{ sample?: boolean; once?: boolean; open?: boolean }>();
    if (once && !sample) command.error('error: --once ends after the sample, so it needs --sample');
    const flags = flagsOf(command);
    exit(await dev({ config: readServerConfig(flags), sample, once, open, logHere: logLevelGiven(flags), say: print }));
  });
}
