/** The lines that point the command line at this server, ready to be copied into a shell. The key is its reader's own: no page knows it. */
import { Code } from './Code.tsx';

/** @param command what follows the lines. */
export function connectLines(accountId: string, command: string): string {
  const { origin } = window.location;
  return [
    'export CHECKLY_ENV=local', `export CHECKLY_API_URL=${origin}`, `export CHECKLY_MQTT_URL=${origin.replace(/^http/, 'ws')}/mqtt`, `export CHECKLY_ACCOUNT_ID=${accountId}`,
    'export CHECKLY_API_KEY=cu_…   # your key', command,
  ].join('\n');
}

export const ConnectCli = ({ accountId, command = 'npx checkly test --record' }: { accountId: string; command?: string }) => <Code label="Lines for the shell" text={connectLines(accountId, command)} />;
