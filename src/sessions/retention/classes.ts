/** What retention tells apart, and for how long each is kept (G.7). */
import type { AssetType } from '../../contract/results.ts';

/** sessions: with all that belongs to them. logs: log and run data of results. All others: files of one type. */
export const RETENTION_CLASSES = ['sessions', 'logs', 'traces', 'videos', 'screenshots', 'pcaps', 'reports', 'files'] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];
/** Days after the end of its session; 0: for ever. */
export type RetentionDays = Readonly<Record<RetentionClass, number>>;

/** `log` is the type of a log that was too long for its result's row. */
export const FILE_TYPES: Readonly<Record<Exclude<RetentionClass, 'sessions'>, AssetType>> = {
  logs: 'log', traces: 'trace', videos: 'video', screenshots: 'screenshot', pcaps: 'pcap', reports: 'report', files: 'file',
};
export const FILE_CLASSES = RETENTION_CLASSES.filter((name) => name !== 'sessions');
const DAY_MS = 86_400_000;

/** Unix ms: what ended before goes. null: nothing does. */
export const cutoffOf = (days: number, now: number): number | null => (days === 0 ? null : now - days * DAY_MS);
