/** `assay agent`: runs checks for a server elsewhere. */
import type { Command } from 'commander';
import { readAgentConfig } from '../app/config.ts';
import { AGENT_SETTINGS } from '../app/settings.ts';
import { addSettings, flagsOf } from './settingOptions.ts';

const HELP = `
An agent asks its server for work over HTTP(S) and needs no port of its own. The location key comes from the server:
POST /v1/private-locations, then POST /v1/private-locations/{id}/keys. SIGINT and SIGTERM let running checks end first.

Examples:
  ASSAY_LOCATION_KEY=pl_… assay agent --server-url https://assay.example.com
  assay agent --server-url http://10.0.0.5:3000 --location-key pl_… --agent-name rack-7 --light-slots 64`;

export function addAgent(program: Command, exit: (code: number) => void): void {
  const command = program.command('agent').description('Run checks for a server elsewhere').addHelpText('after', HELP);
  addSettings(command, AGENT_SETTINGS).action(async () => {
    const { workUntilStopped } = await import('../app/serve.ts');
    exit(await workUntilStopped(readAgentConfig(flagsOf(command))));
  });
}
