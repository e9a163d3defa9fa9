/** What stands in the list of an account that has no session yet: how to get one. */
import { lazy, Suspense } from 'react';
import { Loading } from '../../kit/states.tsx';
import '../settings/settings.css';

const Connect = lazy(async () => ({ default: (await import('../settings/Connect.tsx')).Connect }));

export const FirstSteps = ({ accountId }: { accountId: string }) => (
  <div className="list-first-steps">
    <h2>No sessions yet</h2>
    <p>Point the command line at this server. The session appears here as soon as it has begun.</p>
    <Suspense fallback={<Loading what="the addresses" />}><Connect accountId={accountId} /></Suspense>
  </div>
);
