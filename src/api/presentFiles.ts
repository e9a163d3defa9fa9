/** The files of a result by their signed addresses, as the sub-results of Playwright's types carry them (C.8–C.10, G.2). */
import type { Selectable } from 'kysely';
import type { Reads } from '../store/openStore.ts';
import type { AssetTable } from '../store/tables.ts';
import { baseName, type SignedLinks } from './signedLinks.ts';

/** `entries` is asked for where it is told only: it may be long. */
export type AssetRow = Omit<Selectable<AssetTable>, 'entries'>;
const COLUMNS = ['id', 'account_id', 'session_id', 'result_id', 'type', 'name', 'content_type', 'size', 'storage_key', 'created_at', 'removed_at'] as const;

/** In the order in which they came, without those that are kept no longer. */
export const filesOf = (read: Reads, resultId: string): Promise<AssetRow[]> =>
  read.selectFrom('assets').select(COLUMNS).where('result_id', '=', resultId).where('removed_at', 'is', null).orderBy('created_at').orderBy('name').orderBy('id').execute();

/** Where people look at a trace; the page explains itself where it cannot work. */
export const VIEWER_PATH = '/trace-viewer/';
export const traceViewerLink = (publicUrl: string, traceUrl: string): string => `${publicUrl}${VIEWER_PATH}?trace=${encodeURIComponent(traceUrl)}`;

export const linksOf = (files: readonly AssetRow[], type: string, links: SignedLinks): string[] =>
  files.filter((file) => file.type === type).map((file) => links.linkTo(file));

/** The packets of the run, where they were kept (G.6). */
export const captureOf = (files: readonly AssetRow[], links: SignedLinks): string | null => linksOf(files, 'pcap', links)[0] ?? null;

/** The keys that all three types share. No key, or null, stands for what is not there: never a dead address. */
export function presentFiles(files: readonly AssetRow[], links: SignedLinks) {
  const [jobAssets, reports] = [linksOf(files, 'screenshot', links), linksOf(files, 'report', links)];
  return {
    jobAssets: jobAssets.length > 0 ? jobAssets : null,
    playwrightTestTraces: linksOf(files, 'trace', links), playwrightTestVideos: linksOf(files, 'video', links),
    ...(reports[0] === undefined ? {} : { playwrightTestJsonReportFile: reports[0] }),
  };
}

/** C.10: `name` is the path it is stored under, `filename` what that ends with. */
export function traceFilesOf(files: readonly AssetRow[], links: SignedLinks): { url: string; name: string; filename: string }[] | null {
  const traces = files.filter(({ type }) => type === 'trace').map((file) => ({ url: links.linkTo(file), name: file.name, filename: baseName(file.name) }));
  return traces.length > 0 ? traces : null;
}
