/** One session: what broke stands first, then every check by what it came to. Live while it runs. */
import { useQuery } from '@tanstack/react-query';
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { SessionView } from '../../contract/sessionView.ts';
import { meQuery, sessionQuery } from '../api/queries.ts';
import { request } from '../api/request.ts';
import { Empty, Failure, Loading, Stale } from '../kit/states.tsx';
import { useTypedText } from '../kit/useTypedText.ts';
import { VERDICT_WORDS } from '../kit/verdict.ts';
import { useSessionEvents } from '../live/followSession.ts';
import { useAddress } from '../shell/useAddress.ts';
import { useRowKeys } from '../shell/useRowKeys.ts';
import { useTabState } from '../shell/useTabState.ts';
import { Confirm } from './session/Confirm.tsx';
import { ResultList } from './session/ResultList.tsx';
import { isWanted, sequencesOf, type Sequence } from './session/sequences.ts';
import { SessionErrors } from './session/SessionErrors.tsx';
import { SessionFilter } from './session/SessionFilter.tsx';
import { SessionHead, sessionVerdict } from './session/SessionHead.tsx';
import './sessions/sessions.css';
import './session/session.css';

export default function Session({ accountId, sessionId }: { accountId: string; sessionId: string }) {
  const session = useQuery(sessionQuery(accountId, sessionId));
  useRowKeys();
  useTabState(session.data ? tabTitle(session.data) : null, session.data ? sessionVerdict(session.data) : null);
  if (!session.data) {
    return (
      <>
        <nav className="crumbs" aria-label="Where you are"><Link href={`/accounts/${accountId}/test-sessions`}>Sessions</Link></nav>
        <h1 className="visually-hidden">Session</h1>
        {session.error ? <Failure error={session.error} again={() => void session.refetch()} /> : <Loading what="the session" />}
      </>
    );
  }
  return <><Stale error={session.error} /><Shown accountId={accountId} session={session.data} readAgain={() => session.refetch()} /></>;
}

/** `✖ 3 failed · name`: the verdict first, since tabs are narrow. */
function tabTitle({ name, status, results }: SessionView): string {
  const finals = (results ?? []).filter(({ resultType }) => resultType !== 'ATTEMPT');
  const failed = finals.filter((one) => one.status === 'FAILED').length;
  if (status === 'RUNNING') return `${failed > 0 ? `✖ ${failed} failed, ` : ''}${finals.filter((one) => one.status !== 'RUNNING').length}/${finals.length} · ${name}`;
  if (status === 'FAILED') return `✖ ${failed} failed · ${name}`;
  return `${status === 'PASSED' ? '✔' : '–'} ${VERDICT_WORDS[sessionVerdict({ status })].toLowerCase()} · ${name}`;
}

/** What stands in the address of the page. */
function useWanted() {
  const { params: address, go } = useAddress();
  const change = (name: string, values: readonly string[], replace: boolean) => {
    const next = new URLSearchParams(address);
    next.delete(name);
    for (const value of values) next.append(name, value);
    go(next, { replace });
  };
  return { address, change, clear: () => go(new URLSearchParams()) };
}

function Shown({ accountId, session, readAgain }: { accountId: string; session: SessionView; readAgain: () => Promise<unknown> }) {
  const running = session.status === 'RUNNING';
  const line = useSessionEvents(accountId, session.testSessionId, running);
  const [toCancel, setToCancel] = useState<'all' | Sequence | null>(null);
  const mayRun = useQuery(meQuery).data?.accounts.find(({ id }) => id === accountId)?.role !== 'READ_ONLY';
  const { address, change, clear } = useWanted();
  const [text, type] = useTypedText(address.get('q') ?? '', (value) => change('q', value === '' ? [] : [value], true));
  const sought = useDeferredValue(text.trim());
  const sequences = useMemo(() => sequencesOf(session.results ?? []), [session.results]);
  const groups = useMemo(() => new Map(session.errorGroups.map((group) => [group.id, group])), [session.errorGroups]);
  const wanted = useMemo(() => ({ text: sought, verdicts: address.getAll('status'), type: address.get('type') ?? '', groupId: address.get('group') ?? '' }), [address, sought]);
  const shown = useMemo(() => sequences.filter((sequence) => isWanted(sequence, wanted)), [sequences, wanted]);
  const cancelling = useMemo(() => new Set(session.cancelling), [session.cancelling]);
  const allCancelled = sequences.every(({ id, verdict }) => verdict !== 'running' || cancelling.has(id));
  const cancelOne = useCallback((sequence: Sequence) => setToCancel(sequence), []);
  const startedAt = Date.parse(session.startedAt);
  const base = `/accounts/${accountId}/test-sessions/${session.testSessionId}`;
  const set = (name: 'status' | 'type' | 'group', values: readonly string[]) => change(name, values, false);
  const clearAll = () => { type(''); clear(); };
  return (
    <>
      <SessionHead accountId={accountId} session={session} sequences={sequences} line={line} cancel={running && mayRun ? () => setToCancel('all') : null} cancelling={allCancelled} mayRun={mayRun} />
      <SessionErrors accountId={accountId} groups={session.errorGroups} sequences={sequences} startedAt={startedAt} chosen={wanted.groupId} choose={(id) => set('group', id === '' ? [] : [id])} />
      {sequences.length > 1 && <SessionFilter sequences={sequences} wanted={wanted} text={text} type={type} set={set} clear={clearAll} shown={shown.length} />}
      {sequences.length === 0 ? <Empty title="This session has no checks." />
        : shown.length === 0 ? <Empty title="No check of this session matches."><button type="button" className="button" onClick={clearAll}>Clear the filter</button></Empty>
          : <ResultList shown={shown} all={sequences} groups={groups} base={base} startedAt={startedAt} stoppedAt={session.stoppedAt ? Date.parse(session.stoppedAt) : null} cancel={mayRun ? cancelOne : null} cancelling={cancelling} />}
      {toCancel !== null && <CancelDialog accountId={accountId} session={session} what={toCancel} close={() => setToCancel(null)} done={readAgain} />}
    </>
  );
}

interface CancelProps { accountId: string; session: SessionView; what: 'all' | Sequence; close: () => void; done: () => Promise<unknown> }

function CancelDialog({ accountId, session, what, close, done }: CancelProps) {
  const act = async () => {
    await request(`/v1/test-sessions/${session.testSessionId}/cancel`, { method: 'POST', accountId, body: what === 'all' ? {} : { sequenceId: [what.id] } });
    await done();
  };
  const name = what === 'all' ? 'the session' : what.last.name ?? 'the check';
  return <Confirm title={`Cancel ${name}?`} text="What waits or runs is stopped, and the session ends as cancelled. What has finished stays." yes={what === 'all' ? 'Cancel the session' : 'Cancel this check'} no="Let it run" act={act} close={close} />;
}
