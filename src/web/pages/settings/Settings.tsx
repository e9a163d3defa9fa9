/** The settings, each part at an address of its own. */
import type { ComponentType } from 'react';
import { Link, Redirect } from 'wouter';
import NotFound from '../NotFound.tsx';
import { Connect } from './Connect.tsx';
import { Keys } from './Keys.tsx';
import { Places } from './Places.tsx';
import { Retention } from './Retention.tsx';
import './settings.css';

interface Part { path: string; name: string; Shown: ComponentType<{ accountId: string }> }
const PARTS: readonly Part[] = [
  { path: 'keys', name: 'API keys', Shown: Keys }, { path: 'locations', name: 'Agents and locations', Shown: Places },
  { path: 'retention', name: 'Retention', Shown: Retention }, { path: 'cli', name: 'Connect the CLI', Shown: Connect },
];

/** @param part the last piece of the address; absent: the first part. */
export default function Settings({ accountId, part }: { accountId: string; part?: string | undefined }) {
  const base = `/accounts/${accountId}/settings`;
  if (part === undefined) return <Redirect to={`${base}/keys`} replace />;
  const shown = PARTS.find(({ path }) => path === part);
  if (!shown) return <NotFound />;
  return (
    <>
      <h1>Settings</h1>
      <nav className="settings-parts" aria-label="Settings">
        {PARTS.map(({ path, name }) => <Link key={path} href={`${base}/${path}`} aria-current={path === part ? 'page' : undefined}>{name}</Link>)}
      </nav>
      <shown.Shown accountId={accountId} />
    </>
  );
}
