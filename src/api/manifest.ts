/** What a result left in files (G.3): the log and the run data are served from its row, the rest from the asset store. */
import type { AssetManifest, AssetType } from '../contract/results.ts';
import type { Reads } from '../store/openStore.ts';
import { filesOf } from './presentFiles.ts';
import { matchGlob } from './matchGlob.ts';
import type { ResultRow } from './presentResult.ts';

type Entry = AssetManifest['assets'][number];
export interface ManifestFilter { type?: AssetType[]; name?: string }

/** The CLI downloads each to its name: a second `trace.zip` becomes `trace (2).zip`. */
function withNamesOfTheirOwn(assets: readonly Entry[]): Entry[] {
  const taken = new Set(assets.map(({ name }) => name));
  const seen = new Set<string>();
  return assets.map((asset) => {
    let { name } = asset;
    for (let i = 2; seen.has(name) || (name !== asset.name && taken.has(name)); i++) name = asset.name.replace(/(\.[^./]*)?$/, (extension) => ` (${i})${extension}`);
    seen.add(name);
    return name === asset.name ? asset : { ...asset, name };
  });
}

/** Entries of one result, filtered. URLs are of this API, need the key, and live as long as the result. */
export async function manifestOf(read: Reads, row: ResultRow, publicUrl: string, filter: ManifestFilter): Promise<AssetManifest> {
  const base = `${publicUrl}/v1/test-sessions/${row.session_id}/results/${row.id}/assets`;
  const source: Entry['source'] = {
    type: 'test-session-result', ...(row.check_id ? { checkId: row.check_id } : {}), checkName: row.name, checkType: row.check_type,
    resultId: row.id, testSessionId: row.session_id,
  };
  const assets: Entry[] = [];
  if (row.log !== null) assets.push({ type: 'log', name: 'logs.json', url: `${base}/log`, contentType: 'application/json', source });
  if (row.detail !== null) assets.push({ type: 'file', name: 'check-run-data.json', url: `${base}/check-run-data`, contentType: 'application/json', source });
  for (const file of await filesOf(read, row.id)) assets.push({ type: file.type as AssetType, name: file.name, url: `${base}/${file.id}`, contentType: file.content_type, source });
  const glob = filter.name?.trim();
  return {
    assets: withNamesOfTheirOwn(assets).filter((asset) => (!filter.type?.length || filter.type.includes(asset.type)) && (!glob || matchGlob(glob, asset.name))),
  };
}
