/** What a result left in files (G.3): the log and the run data are served from its row, the rest from the asset store. */
import type { AssetManifest, AssetType } from '../contract/results.ts';
import type { ArchiveEntry } from '../sessions/files.ts';
import type { Reads } from '../store/openStore.ts';
import { filesOf, type AssetRow } from './presentFiles.ts';
import { matchesName } from './matchesName.ts';
import type { ResultRow } from './presentResult.ts';
import { baseName } from './signedLinks.ts';

type Entry = AssetManifest['assets'][number];
export interface ManifestFilter { type?: AssetType[]; name?: string }
/** `base`: what the addresses of the result's files begin with. */
export interface ManifestScope { base: string; source: Entry['source'] }

export const LOG_NAME = 'logs.json';
export const RUN_DATA_NAME = 'check-run-data.json';
/** Entries of archives that one manifest tells; clients refuse to download by a longer one and narrow their filter. */
const MOST_ENTRIES = 1_000;

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

/** Files by themselves, and archives, which are told by what is in them: all entries of one have the address of the whole (G.3). */
async function archivesOf(read: Reads, resultId: string): Promise<Map<string, ArchiveEntry[]>> {
  const rows = await read.selectFrom('assets').select(['id', 'entries']).where('result_id', '=', resultId).where('entries', 'is not', null).execute();
  return new Map(rows.map(({ id, entries }) => [id, JSON.parse(entries ?? '[]') as ArchiveEntry[]]));
}

/** What a result has by now, filtered. Addresses are of this API, need the key, and live as long as the file. */
export async function manifestOf(read: Reads, row: ResultRow, { base, source }: ManifestScope, filter: ManifestFilter): Promise<AssetManifest> {
  const [files, archives] = [await filesOf(read, row.id), await archivesOf(read, row.id)];
  const single = files.filter(({ id }) => !archives.has(id));
  const direct: Entry[] = [
    ...(row.log === null ? [] : [{ type: 'log', name: LOG_NAME, url: `${base}/log`, contentType: 'application/json', source } as const]),
    ...(row.detail === null ? [] : [{ type: 'file', name: RUN_DATA_NAME, url: `${base}/check-run-data`, contentType: 'application/json', source } as const]),
    ...single.map((file) => ({ type: file.type as AssetType, name: file.name, url: `${base}/${file.id}`, contentType: file.content_type, source })),
  ];
  const inside = files.flatMap((file) => entriesOf(file, archives.get(file.id) ?? [], base, source));
  const wanted = wantedBy(filter);
  const entries = inside.filter(wanted);
  return {
    assets: [...withNamesOfTheirOwn(direct).filter(wanted), ...entries.slice(0, MOST_ENTRIES)],
    ...(entries.length > MOST_ENTRIES ? { truncated: true, entriesReturned: MOST_ENTRIES, entriesTotal: entries.length } : {}),
  };
}

/** Clients name what they download after the end of the address. */
const entriesOf = (file: AssetRow, entries: readonly ArchiveEntry[], base: string, source: Entry['source']): Entry[] => entries.map(({ name, type, contentType }) => ({
  type, name: baseName(name), url: `${base}/${file.id}/${encodeURIComponent(baseName(file.name))}`, contentType, source, archive: { entryName: name },
}));

function wantedBy({ type, name }: ManifestFilter): (asset: Entry) => boolean {
  const matches = name?.trim() ? matchesName(name.trim()) : () => true;
  return (asset) => (!type?.length || type.includes(asset.type)) && (matches(asset.name) || (asset.archive !== undefined && matches(asset.archive.entryName)));
}
