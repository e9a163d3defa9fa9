/** The `assay` program: its commands, and how any of them ends. A command loads what it runs when it runs, so that the others start at once. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../app/config.ts';
import { VERSION } from '../app/version.ts';
import { addAccounts } from './accounts.ts';
import { addAgent } from './agent.ts';
import { addDev } from './dev.ts';
import { addDoctor } from './doctor.ts';
import { addKeys } from './keys.ts';
import { addMigrate } from './migrate.ts';
import { complain } from './print.ts';
import { addRetention } from './retention.ts';
import { addServer } from './server.ts';

const HELP = `
Settings are environment variables (ASSAY_PORT) or flags of the same names (--port); a flag wins. Each command's
--help lists those it reads. A wrong value is said at the start, with its name and the rule.

Start here:
  assay dev               a server on this machine, with an account and a key
  assay doctor            what this machine lacks
  assay server --help     a server as a service`;

function build(exit: (code: number) => void): Command {
  const program = new Command('assay').description('A self-hosted server for test sessions of monitoring as code.').version(VERSION, '-v, --version')
    .addHelpText('after', HELP).showHelpAfterError('(add --help to see what there is)');
  // Set before the commands are made: they inherit it.
  program.exitOverride();
  addDev(program, exit);
  addServer(program, exit);
  addAgent(program, exit);
  addMigrate(program);
  addAccounts(program);
  addKeys(program);
  addRetention(program);
  addDoctor(program, exit);
  return program;
}

/** @returns 0, 1 for a failure, 2 for a wrong command line or setting. Errors are sentences on standard error. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let code = 0;
  try {
    await build((given) => { code = given; }).parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    complain(`assay: ${sentenceOf(error)}`);
    return error instanceof ConfigError ? 2 : 1;
  }
}

function sentenceOf(error: unknown): string {
  const { code, message, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} on ${address} is taken. Choose another with ASSAY_PORT or --port; 0 takes a free one.`;
  if (code === 'EACCES' && port !== undefined) return `This user may not listen on port ${port}. Choose one above 1023 with ASSAY_PORT or --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `This machine has no address to listen on as ASSAY_HOST or --host says: ${message}.`;
  return message || String(error);
}
