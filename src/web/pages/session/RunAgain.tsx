/** Starts the session's checks once more, all of them or those that failed, and goes to the new session. */
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { ApiError, request } from '../../api/request.ts';

/** Whether the checks can be run again, and how many; `until` ISO 8601, null where it is not known. `reason` says why not. */
interface Again { possible: boolean; until: string | null; all: number; failed: number; reason: string | null }

const pathOf = (accountId: string, sessionId: string) => `/web/accounts/${accountId}/test-sessions/${sessionId}/run-again`;

const againQuery = (accountId: string, sessionId: string, status: string) => queryOptions({
  queryKey: [accountId, 'run-again', sessionId, status], queryFn: ({ signal }) => request<Again>(pathOf(accountId, sessionId), { signal }),
});

/** @param status of the session: what can be run again changes with it. */
export function RunAgain({ accountId, sessionId, status }: { accountId: string; sessionId: string; status: string }) {
  const [, go] = useLocation();
  const again = useQuery(againQuery(accountId, sessionId, status));
  const run = useMutation({
    mutationFn: (body: { only?: 'FAILED' }) => request<{ testSessionId: string }>(pathOf(accountId, sessionId), { method: 'POST', body }),
    onSuccess: ({ testSessionId }) => go(`/accounts/${accountId}/test-sessions/${testSessionId}`),
  });
  if (!again.data) return again.error && !(again.error instanceof ApiError && again.error.status === 404) ? <span className="muted">{again.error.message}</span> : null;
  const { possible, reason, all, failed, until } = again.data;
  const title = reason ?? (until === null ? undefined : `Possible until ${new Date(until).toLocaleString()}`);
  const busy = run.isPending || !possible;
  return (
    <>
      {failed > 0 && <button type="button" className="button" disabled={busy} title={title} onClick={() => run.mutate({ only: 'FAILED' })}>Run the {failed} failed again</button>}
      <button type="button" className="button" disabled={busy} title={title} onClick={() => run.mutate({})}>Run all {all > 1 ? `${all} ` : ''}again</button>
      {(run.error || reason !== null) && <span className={run.error ? 'field-error' : 'muted session-note'} role={run.error ? 'alert' : undefined}>{run.error?.message ?? reason}</span>}
    </>
  );
}
