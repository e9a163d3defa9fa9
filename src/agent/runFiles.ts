/** Files of one run: those that it needs, and those that it leaves. Bound to the run and its token; nobody else's can be reached. */
import { Readable } from 'node:stream';
import type { AssetQuery, Held } from '../protocol/verbs.ts';
import type { Link } from './link.ts';
import { LinkError } from './linkError.ts';
import type { Membership } from './membership.ts';

/** What a kept file is to its readers. */
export type FileFacts = Pick<AssetQuery, 'type' | 'name' | 'contentType'>;

export interface RunFiles {
  /**
   * The bytes of an upload, by its key. A line that breaks in the middle is taken up again where it broke; the stream fails
   * only for what a further try would not mend. Rejects with a LinkError; `refused` when there is no such upload.
   */
  input(key: string): Promise<Readable>;
  /**
   * Hands a file to the server; `open` is called anew for each try. @param size its bytes.
   * Rejects with a LinkError when the run is somebody else's or the server will not have it. @returns its asset id.
   */
  keep(file: FileFacts, size: number, open: () => Readable): Promise<string>;
}

export interface RunFilesDeps {
  link: Pick<Link, 'input' | 'asset'>;
  membership: Pick<Membership, 'ask'>;
  run: Held;
  /** Aborted when the run has ended or is somebody else's: nothing is asked for it any more. */
  signal: AbortSignal;
}

/** Answers in a row that break off without a single byte: the server cannot read the file. */
const MOST_BREAKS = 5;

/** Transient trouble is waited out until `signal` says that there is nobody left to wait. */
export function openRunFiles({ link, membership, run: { runId, token }, signal }: RunFilesDeps): RunFiles {
  const ask = <T>(question: (agentId: string) => Promise<T>): Promise<T> => membership.ask(async (agentId) => {
    if (signal.aborted) throw new LinkError('closed', 'The run is over.');
    return question(agentId);
  });
  const openAt = (key: string, from: number) => ask((agentId) => link.input({ agentId, runId, token, key, from }, signal));

  async function* bytesOf(key: string, first: Readable): AsyncGenerator<Buffer> {
    let [seen, idle] = [0, 0];
    for (let stream = first; ; stream = await openAt(key, seen)) {
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          seen += chunk.length;
          idle = 0;
          yield chunk;
        }
        return;
      } catch (error) {
        // The line broke in the middle; why, the next question tells.
        if (signal.aborted) throw new LinkError('closed', 'The run is over.');
        if (error instanceof LinkError || ++idle > MOST_BREAKS) throw error;
      }
    }
  }
  return {
    async input(key) {
      return Readable.from(bytesOf(key, await openAt(key, 0)), { objectMode: false });
    },
    async keep(file, size, open) {
      const { assetId } = await ask((agentId) => link.asset({ agentId, runId, token, ...file }, size, open, signal));
      return assetId;
    },
  };
}
