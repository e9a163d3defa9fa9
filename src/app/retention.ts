/** Retention in the background of a server, and at once for the command line beside one. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { openDiskAssets, type Assets, type Sharing } from '../assets/openAssets.ts';
import type { RetentionDays } from '../sessions/retention/classes.ts';
import { findExpired, type Expired } from '../sessions/retention/expired.ts';
import type { Generation } from '../sessions/retention/generation.ts';
import { clearRetired, LEAVING_MS, retire, type RetentionDeps } from '../sessions/retention/retire.ts';
import type { RetentionConfig } from './config.ts';
import { openConfiguredStore } from './openAccounts.ts';
import { startSweep, type Sweep } from './sweep.ts';

const TIDY_REST_MS = 60_000;
const TIDY_EVERY_MS = 3_600_000;
/** No upload takes this long: what is still not whole then was left by a crash. */
const UNFINISHED_MS = 86_400_000;
const LOOK_EVERY_MS = 1_000;

interface Background extends RetentionDeps { assets: Assets; generation: Generation; days: RetentionDays; restMs: number; shared(sharing: Sharing): void }

/** Three rounds side by side: what is due goes, the folder of files is tidied, and what others took is heard of. */
export function startRetention(deps: Background, log: Logger): Sweep {
  let tidyAt = 0;
  const sweeps = [
    startSweep(async () => {
      const taken = await retire(deps, deps.days);
      if (taken > 0) await deps.generation.look();
      return taken + await clearRetired(deps);
    }, 'Retention took what is kept for no longer', log, deps.restMs),
    startSweep(async () => {
      if (deps.clock() < tidyAt) return 0;
      tidyAt = deps.clock() + TIDY_EVERY_MS;
      deps.shared(await deps.assets.tidy(deps.clock() - UNFINISHED_MS));
      return 0;
    }, 'Tidied the files', log, TIDY_REST_MS),
    startSweep(async () => {
      await deps.generation.look();
      return 0;
    }, 'Looked whether retention took something', log, LOOK_EVERY_MS),
  ];
  return { stop: async () => { await Promise.all(sweeps.map((sweep) => sweep.stop())); } };
}

export interface RetentionReport { classes: Expired[]; sharing: Sharing }

/** What goes now. With `dryRun` nothing does; else it is gone when this resolves, bytes included. Rejects with a sentence where it cannot work. */
export async function applyRetention({ dataDir, databaseUrl, retention: days }: RetentionConfig, dryRun: boolean): Promise<RetentionReport> {
  const clock = () => Date.now();
  const folder = join(dataDir, 'assets');
  const assets = openDiskAssets(folder, randomUUID);
  const store = await openConfiguredStore({ dataDir, databaseUrl, secretKey: null });
  try {
    const classes = await findExpired(store.read, days, clock());
    if (dryRun) return { classes, sharing: await assets.tidy(null) };
    const files = await store.read.selectFrom('assets').select('id').where('session_id', 'is not', null).limit(1).executeTakeFirst();
    // On another machine than the server's, rows would go and bytes would stay.
    if (files && !existsSync(folder)) throw new Error(`There are no files in ${folder}: say where the server keeps them with ASSAY_DATA_DIR or --data-dir.`);
    const deps: RetentionDeps = { store, clock, removeFile: assets.remove };
    let taken = 0;
    for (let round = await retire(deps, days); round > 0; round = await retire(deps, days)) taken += round;
    // Running servers forget meanwhile what they have rendered.
    if (taken > 0) await pause(LEAVING_MS + 1);
    while (await clearRetired(deps) > 0);
    return { classes, sharing: await assets.tidy(clock() - UNFINISHED_MS) };
  } finally {
    await store.close();
  }
}
