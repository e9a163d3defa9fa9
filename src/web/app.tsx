/** Which page stands at which address. The first three are those that the CLI prints (cli-wire 1). */
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { meQuery } from './api/queries.ts';
import { ApiError } from './api/request.ts';
import { signInThen } from './api/toSignIn.ts';
import { Failure, Loading } from './kit/states.tsx';
import { PageBoundary } from './shell/PageBoundary.tsx';
import { useAddress } from './shell/useAddress.ts';
import { ServerLine } from './shell/ServerLine.tsx';
import { Shell } from './shell/Shell.tsx';

const SignIn = lazy(() => import('./pages/SignIn.tsx'));
const Sessions = lazy(() => import('./pages/Sessions.tsx'));
const Session = lazy(() => import('./pages/Session.tsx'));
const Result = lazy(() => import('./pages/Result.tsx'));
const ErrorGroups = lazy(() => import('./pages/errors/ErrorGroups.tsx'));
const ErrorGroup = lazy(() => import('./pages/errors/ErrorGroup.tsx'));
const Settings = lazy(() => import('./pages/settings/Settings.tsx'));
const NotFound = lazy(() => import('./pages/NotFound.tsx'));

export const App = () => (
  <>
    <ServerLine />
    <PageBoundary>
      <Suspense fallback={<Loading what="the page" />}>
        <Switch>
          <Route path="/sign-in"><SignIn /></Route>
          <Route><SignedIn /></Route>
        </Switch>
      </Suspense>
    </PageBoundary>
  </>
);

/** Everything but the sign-in needs one; whoever has none comes back here afterwards. */
function SignedIn() {
  const { params, hrefOf } = useAddress();
  const me = useQuery(meQuery);
  if (me.error instanceof ApiError && me.error.status === 401) return <Redirect to={signInThen(hrefOf(params))} replace />;
  if (me.error && !me.data) return <Failure error={me.error} again={() => void me.refetch()} />;
  if (!me.data) return <Loading what="your accounts" />;
  const first = me.data.accounts[0];
  if (!first) return <Failure error={new Error('This key opens no account.')} />;
  return (
    <Switch>
      <Route path="/"><Redirect to={`/accounts/${first.id}/test-sessions`} replace /></Route>
      <Route path="/accounts/:accountId/*?">
        {({ accountId }) => <Shell me={me.data} accountId={accountId}><PageBoundary><Pages accountId={accountId} /></PageBoundary></Shell>}
      </Route>
      <Route><NotFound /></Route>
    </Switch>
  );
}

function Pages({ accountId }: { accountId: string }) {
  return (
    <Suspense fallback={<Loading what="the page" />}>
      <Switch>
        <Route path="/accounts/:accountId"><Redirect to={`/accounts/${accountId}/test-sessions`} replace /></Route>
        <Route path="/accounts/:accountId/test-sessions"><Sessions accountId={accountId} /></Route>
        <Route path="/accounts/:accountId/test-sessions/:sessionId">{({ sessionId }) => <Session key={sessionId} accountId={accountId} sessionId={sessionId} />}</Route>
        <Route path="/accounts/:accountId/test-sessions/:sessionId/results/:resultId">
          {({ sessionId, resultId }) => <Result accountId={accountId} sessionId={sessionId} resultId={resultId} />}
        </Route>
        <Route path="/accounts/:accountId/error-groups"><ErrorGroups accountId={accountId} /></Route>
        <Route path="/accounts/:accountId/error-groups/:groupId">{({ groupId }) => <ErrorGroup key={groupId} accountId={accountId} groupId={groupId} />}</Route>
        <Route path="/accounts/:accountId/settings/:part?">{({ part }) => <Settings accountId={accountId} part={part} />}</Route>
        <Route><NotFound /></Route>
      </Switch>
    </Suspense>
  );
}
