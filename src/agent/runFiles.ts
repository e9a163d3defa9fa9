/** Files of one run: those that it needs, and those that it leaves. Bound to the run and its token; nobody else's can be reached. */
import type { Readable } from 'node:stream';
import type { AssetQuery } from '../protocol/verbs.ts';

/** What a kept file is to its readers. */
export type FileFacts = Pick<AssetQuery, 'type' | 'name' | 'contentType'>;

export interface RunFiles {
  /** The bytes of an upload, by its key. Rejects with a LinkError; `refused` when there is no such upload. */
  input(key: string): Promise<Readable>;
  /**
   * Hands a file to the server; `open` is called anew for each try. @param size its bytes.
   * Rejects with a LinkError when the run is somebody else's or the server will not have it. @returns its asset id.
   */
  keep(file: FileFacts, size: number, open: () => Readable): Promise<string>;
}
