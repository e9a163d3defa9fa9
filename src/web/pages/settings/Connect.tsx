/** Ready lines that point the CLI at this server. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Connection } from '../../../contract/pages/settings.ts';
import { connectionQuery } from '../../api/settings.ts';
import { Code } from '../../kit/Code.tsx';
import { Section } from '../../kit/Section.tsx';
import { Failure, Loading } from '../../kit/states.tsx';

const COMMAND = 'npx checkly test --record';
/** Stands where the key belongs; shells would take other signs amiss. */
const PLACEHOLDER = 'YOUR_API_KEY';

export function Connect({ accountId }: { accountId: string }) {
  const connection = useQuery(connectionQuery(accountId));
  if (connection.error && !connection.data) return <Failure error={connection.error} again={() => void connection.refetch()} />;
  if (!connection.data) return <Loading what="the addresses" />;
  return <Lines connection={connection.data} />;
}

/** Names and values, in the order in which people think of them. */
const variablesOf = ({ apiUrl, mqttUrl, accountId }: Connection) => [
  ['CHECKLY_ENV', 'local'], ['CHECKLY_API_URL', apiUrl], ['CHECKLY_MQTT_URL', mqttUrl], ['CHECKLY_ACCOUNT_ID', accountId],
] as const;
type Variables = ReturnType<typeof variablesOf>;

const shell = (variables: Variables): string =>
  [...variables, ['CHECKLY_API_KEY', PLACEHOLDER] as const].map(([name, value]) => `export ${name}=${value}`).concat(COMMAND).join('\n');
const powerShell = (variables: Variables): string =>
  [...variables, ['CHECKLY_API_KEY', PLACEHOLDER] as const].map(([name, value]) => `$env:${name} = "${value}"`).concat(COMMAND).join('\n');
const workflow = (variables: Variables): string => [
  '- name: Checks', `  run: ${COMMAND}`, '  env:', ...variables.map(([name, value]) => `    ${name}: ${value}`), '    CHECKLY_API_KEY: ${{ secrets.CHECKLY_API_KEY }}',
].join('\n');

function Lines({ connection }: { connection: Connection }) {
  const variables = variablesOf(connection);
  const elsewhere = new URL(connection.apiUrl).origin !== window.location.origin;
  return (
    <>
      <p className="settings-hint">
        Run these in the folder of your project, with a key of yours for <code>{PLACEHOLDER}</code>: <Link href={`/accounts/${connection.accountId}/settings/keys`}>make one</Link> if you have none.
      </p>
      {elsewhere && (
        <p className="settings-warning" role="note">
          You read this at <code>{window.location.origin}</code>, and the server calls itself <code>{connection.apiUrl}</code>. If that address does not lead here from where the CLI runs, set <code>ASSAY_PUBLIC_URL</code> on the server.
        </p>
      )}
      <Section title="Linux, macOS"><Code text={shell(variables)} label="Lines for sh" /></Section>
      <Section title="PowerShell"><Code text={powerShell(variables)} label="Lines for PowerShell" /></Section>
      <Section title="GitHub Actions" note={<>a step of a job; the key is a secret of the repository, <code>CHECKLY_API_KEY</code></>}><Code text={workflow(variables)} label="A step of a workflow" /></Section>
    </>
  );
}
