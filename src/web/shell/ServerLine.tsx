/** Says above every page that the server does not answer, for as long as it does not. */
import { useSyncExternalStore } from 'react';
import { isServerLost, onServerLine } from '../api/serverLine.ts';
import './shell.css';

export function ServerLine() {
  const lost = useSyncExternalStore(onServerLine, isServerLost);
  return <div role="status">{lost && <p className="server-lost">The server does not answer. What you see may be old; this page goes on by itself once it is back.</p>}</div>;
}
