/** What stands above a session's checks: its verdict and how far it is, what can be done with it, and what it was of. */
import { Link } from 'wouter';
import type { SessionView } from '../../../contract/sessionView.ts';
import type { Line } from '../../live/followSession.ts';
import { Elapsed } from '../../kit/Elapsed.tsx';
import { Mark } from '../../kit/Mark.tsx';
import { Facts } from '../../kit/Section.tsx';
import { Moment, spanOf } from '../../kit/times.tsx';
import { verdictOf, type Verdict } from '../../kit/verdict.ts';
import { PROVIDER_WORDS } from '../sessions/providerWords.ts';
import { repoLinks } from './repoLinks.ts';
import { RunAgain } from './RunAgain.tsx';
import type { Sequence } from './sequences.ts';

interface Props {
  accountId: string;
  session: SessionView;
  sequences: readonly Sequence[];
  line: Line;
  /** null where the reader may not cancel, or nothing runs. */
  cancel: (() => void) | null;
  /** A cancellation was asked for; what runs takes a moment to stop. */
  cancelling: boolean;
  mayRun: boolean;
}

export const sessionVerdict = ({ status }: Pick<SessionView, 'status'>): Verdict => verdictOf({ status, hasErrors: false, isDegraded: false });

export function SessionHead({ accountId, session, sequences, line, cancel, cancelling, mayRun }: Props) {
  return (
    <>
      <nav className="crumbs" aria-label="Where you are"><Link href={`/accounts/${accountId}/test-sessions`}>Sessions</Link></nav>
      <header className="title session-title">
        <h1>{session.name}</h1>
        <Mark of={sessionVerdict(session)} />
        <Told session={session} sequences={sequences} />
        {line === 'lost' && <span className="tag" role="status">Live updates are interrupted; reading every few seconds …</span>}
        <div className="section-actions">
          {cancel && <button type="button" className="button" disabled={cancelling} onClick={cancel}>{cancelling ? 'Cancelling …' : 'Cancel'}</button>}
          {mayRun && session.status !== 'RUNNING' && <RunAgain accountId={accountId} sessionId={session.testSessionId} status={session.status} />}
        </div>
      </header>
      <SessionFacts accountId={accountId} session={session} />
    </>
  );
}

/** How much of it failed, or how far it is. */
function Told({ session, sequences }: Pick<Props, 'session' | 'sequences'>) {
  const count = (...verdicts: Verdict[]) => sequences.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const [failed, running] = [count('failed', 'errored'), count('running')];
  const parts = [
    failed > 0 ? `${failed} of ${sequences.length} failed` : null, session.status === 'RUNNING' ? `${sequences.length - running} of ${sequences.length} done` : null,
    session.status === 'PASSED' ? `${sequences.length} ${sequences.length === 1 ? 'check' : 'checks'}` : null, session.flakySequenceIds.length > 0 ? `${session.flakySequenceIds.length} flaky` : null,
  ];
  return <span className="session-told">{parts.filter((part) => part !== null).join(' · ')}</span>;
}

function SessionFacts({ accountId, session }: Pick<Props, 'accountId' | 'session'>) {
  const { environment, branchName, commitId, commitMessage, commitOwner, repoUrl } = session.metadata ?? {};
  const links = repoLinks(repoUrl);
  return <Facts items={[
    ['Started', <Moment key="" at={session.startedAt} />], ['Took', session.status === 'RUNNING' ? <Elapsed key="" since={Date.parse(session.startedAt)} /> : spanOf(session.timeElapsed)],
    ['Ran in', session.region], ['Environment', environment],
    ['Branch', branchName && <><Outside href={links?.branch(branchName)} text={branchName} /> · <Link href={`/accounts/${accountId}/test-sessions?branches=${encodeURIComponent(branchName)}`}>its sessions</Link></>],
    ['Commit', commitId && <span className="mono"><Outside href={links?.commit(commitId)} text={commitId.slice(0, 12)} /></span>],
    ['Message', commitMessage?.split('\n')[0]], ['Author', commitOwner], ['Repository', links && <Outside href={links.repo} text={links.name} />],
    ['Started by', [session.invoker, PROVIDER_WORDS[session.provider] ?? session.provider].filter(Boolean).join(', ')],
  ]} />;
}

const Outside = ({ href, text }: { href: string | undefined; text: string }) => (href === undefined ? <>{text}</> : <a href={href} rel="noreferrer noopener" target="_blank">{text}</a>);
