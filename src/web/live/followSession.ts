/**
 * A session's events while it runs: what they tell of is read again, at most every quarter of a second. The browser's event source
 * comes back by itself after a lost line and names the last event it has seen, so that none is lost and none comes twice.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** `id`: its number in the session. `at`: Unix ms. */
export interface SessionEvent { id: number; kind: string; sequenceId: string | null; runId: string | null; at: number; payload: unknown }

const GATHER_MS = 250;
const RETRY_LATER_MS = 3_000;

export type Line = 'open' | 'lost' | 'ended';

/** @param listener hears each event, in order; may be absent. @returns how the line stands. */
export function useSessionEvents(accountId: string, sessionId: string, running: boolean, listener?: (event: SessionEvent) => void): Line {
  const queryClient = useQueryClient();
  const [line, setLine] = useState<Line>(running ? 'open' : 'ended');
  useEffect(() => {
    if (!running) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let reopen: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource;
    let seen = 0;
    const readAgain = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queryClient.invalidateQueries({ queryKey: [accountId, 'session', sessionId] });
      }, GATHER_MS);
    };
    const hear = ({ data, lastEventId }: MessageEvent<string>) => {
      seen = Number(lastEventId);
      const event: SessionEvent = { ...JSON.parse(data) as Omit<SessionEvent, 'id'>, id: seen };
      listener?.(event);
      if (event.kind !== 'stream-logs') readAgain();
      if (event.kind === 'session' && (event.payload as { status?: string }).status !== 'RUNNING') {
        source.close();
        setLine('ended');
      }
    };
    const open = () => {
      source = new EventSource(`/web/accounts/${accountId}/test-sessions/${sessionId}/events?after=${seen}`);
      source.onmessage = hear;
      source.onopen = () => setLine('open');
      source.onerror = () => {
        setLine('lost');
        // A line that was refused is not taken up again by the browser.
        if (source.readyState === EventSource.CLOSED) reopen = setTimeout(open, RETRY_LATER_MS);
      };
    };
    open();
    return () => {
      source.close();
      clearTimeout(timer);
      clearTimeout(reopen);
    };
  }, [accountId, sessionId, running, listener, queryClient]);
  return running ? line : 'ended';
}
