/**
 * The lines of a run that is under way, as they are heard.
 * Promises: in the order of the events, each once, whatever happens to the connection: an event that was heard before is not heard again.
 */
import { useMemo, useSyncExternalStore } from 'react';
import type { TestSessionResult } from '../../../contract/results.ts';
import type { SessionEvent } from '../../live/followSession.ts';
import { addLines, type Line } from './lines.ts';

/** `lines` grows in place; `count` of them are meant. */
export interface Heard { lines: readonly Line[]; count: number }
export interface LiveLines {
  hear(event: SessionEvent): void;
  heard: Heard;
}

/** Between two tellings of new lines, in ms: a flood of events is one change of the page. */
const GATHER_MS = 60;

type Run = Pick<TestSessionResult, 'testSessionResultId' | 'sequenceId' | 'attempts'>;

/** The store behind `useLiveLines`. @param run undefined while it is not known. */
export function createLiveLines(run: Run | undefined) {
  const lines: Line[] = [];
  const listeners = new Set<() => void>();
  let heard: Heard = { lines, count: 0 };
  let last = 0;
  let firstRun: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    timer = undefined;
    heard = { lines, count: lines.length };
    for (const listener of listeners) listener();
  };
  return {
    hear({ id, kind, sequenceId, runId, payload }: SessionEvent) {
      if (!run || id <= last) return;
      last = id;
      if (sequenceId !== run.sequenceId || runId === null) return;
      // A client names the first run of a sequence as it likes.
      firstRun ??= runId;
      if (kind !== 'stream-logs' || (runId !== run.testSessionResultId && !(run.attempts <= 1 && runId === firstRun))) return;
      for (const { timestamp, message } of (payload as { logs: { timestamp: number; message: string }[] }).logs) addLines(lines, { time: timestamp, msg: message, level: null, part: null });
      timer ??= setTimeout(tell, GATHER_MS);
    },
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
    heard: () => heard,
  };
}

/** What is heard of the run; hand `hear` to `useSessionEvents`, and all of it to the log. */
export function useLiveLines(result: TestSessionResult | undefined): LiveLines {
  const [id, sequence, attempts] = [result?.testSessionResultId, result?.sequenceId, result?.attempts];
  const store = useMemo(() => createLiveLines(id === undefined ? undefined : { testSessionResultId: id, sequenceId: sequence ?? null, attempts: attempts ?? 1 }), [id, sequence, attempts]);
  return { hear: store.hear, heard: useSyncExternalStore(store.subscribe, store.heard) };
}
