/**
 * A session's events while it runs: what they tell of is read again, at most every quarter of a second and never twice at once.
 * Promises: each event is heard once and in order. The browser's event source comes back by itself after a lost line and names the last
 * event that it has seen. A page that nobody looks at gives its line up, since browsers have only a few for a server, and looks now and then.
 */
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { SessionView } from '../../contract/sessionView.ts';

/** `id`: its number in the session. `at`: Unix ms. */
export interface SessionEvent { id: number; kind: string; sequenceId: string | null; runId: string | null; at: number; payload: unknown }

const GATHER_MS = 250;
const RETRY_LATER_MS = 3_000;
/** How often a page without a line looks. */
const LOOK_MS = 4_000;

export type Line = 'open' | 'lost' | 'ended';

interface Followed { client: QueryClient; accountId: string; sessionId: string; tell(line: Line): void; listener: ((event: SessionEvent) => void) | undefined }

/** @param listener hears each event from the first one on, in order; may be absent. @returns how the line stands. */
export function useSessionEvents(accountId: string, sessionId: string, running: boolean, listener?: (event: SessionEvent) => void): Line {
  const client = useQueryClient();
  const [line, setLine] = useState<Line>(running ? 'open' : 'ended');
  useEffect(() => (running ? follow({ client, accountId, sessionId, tell: setLine, listener }) : undefined), [accountId, sessionId, running, listener, client]);
  return running ? line : 'ended';
}

/** @returns how to stop. */
function follow(followed: Followed): () => void {
  const reader = createReader(followed);
  const { client, accountId, sessionId, tell, listener } = followed;
  let source: EventSource | undefined;
  let reopen: ReturnType<typeof setTimeout> | undefined;
  // What is known already is not told again, unless somebody wants to hear all of it.
  let seen = listener ? 0 : knownOf(client, accountId, sessionId) ?? 0;
  const close = () => {
    source?.close();
    source = undefined;
    clearTimeout(reopen);
  };
  const hear = ({ data, lastEventId }: MessageEvent<string>) => {
    const number = Number(lastEventId);
    if (number <= seen) return;
    seen = number;
    const event: SessionEvent = { ...JSON.parse(data) as Omit<SessionEvent, 'id'>, id: number };
    listener?.(event);
    if (event.kind !== 'stream-logs') reader.note(number);
    if (event.kind === 'session' && (event.payload as { status?: string }).status !== 'RUNNING') {
      close();
      tell('ended');
    }
  };
  const open = () => {
    close();
    const opened = new EventSource(`/web/accounts/${accountId}/test-sessions/${sessionId}/events?after=${seen}`);
    source = opened;
    opened.onmessage = hear;
    opened.onopen = () => tell('open');
    opened.onerror = () => {
      tell('lost');
      // A line that was refused is not taken up again by the browser. The read tells why: whoever is signed in no longer is led to the sign-in.
      if (opened.readyState !== EventSource.CLOSED) return;
      reader.look();
      reopen = setTimeout(open, RETRY_LATER_MS);
    };
  };
  const turn = () => (document.hidden ? close() : open());
  const looking = setInterval(() => { if (source?.readyState !== EventSource.OPEN || reader.isBehind()) reader.look(); }, LOOK_MS);
  turn();
  document.addEventListener('visibilitychange', turn);
  return () => {
    document.removeEventListener('visibilitychange', turn);
    clearInterval(looking);
    reader.stop();
    close();
  };
}

/** The last event that what was read of the session knows of; undefined where nothing was read. */
const knownOf = (client: QueryClient, accountId: string, sessionId: string) => client.getQueryData<SessionView>([accountId, 'session', sessionId])?.lastEvent;

/** Reads the session again once events have told of something that is not known yet. */
function createReader({ client, accountId, sessionId }: Followed) {
  const queryKey = [accountId, 'session', sessionId];
  let wanted = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  // On the page of one result nobody reads the session: what was read of it earlier says nothing.
  const known = () => (client.getQueryCache().find({ queryKey, exact: true })?.isActive() ? knownOf(client, accountId, sessionId) : undefined);
  const isBehind = () => (known() ?? wanted) < wanted;
  const read = async (): Promise<void> => {
    const asked = wanted;
    // A read that is under way is waited for, not broken off: on a slow line none would ever come to its end.
    await client.invalidateQueries({ queryKey }, { cancelRefetch: false }).catch(() => {});
    timer = undefined;
    // It may have begun before the last event. Where it failed, the next look goes on.
    if ((known() ?? asked) < wanted && !client.getQueryState(queryKey)?.error) schedule();
  };
  const schedule = () => { if (!stopped) timer ??= setTimeout(() => void read(), GATHER_MS); };
  return {
    isBehind,
    /** An event of this number has come. */
    note(number: number) {
      wanted = Math.max(wanted, number);
      if (isBehind() || known() === undefined) schedule();
    },
    look: schedule,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
