/** What the agent and its capture thread tell each other. */
import type { TimedFlow } from './selectPackets.ts';
import type { Ignored } from './startTcpdump.ts';

export interface CaptureSetting {
  program: string;
  ignored: readonly Ignored[];
}

/** The packets of these flows. `since` Unix ms, when the run began; `keys` lines of a TLS key log to be kept with them, or null. */
export interface TakeTask { flows: readonly TimedFlow[]; since: number; keys: Uint8Array | null }

/** `bytes` null: none of them was seen. `left`: packets that did not fit. `lost`: packets of this machine that the kernel dropped lately. `whole`: nothing was forgotten since the run began. */
export interface Taken { bytes: Uint8Array<ArrayBuffer> | null; packets: number; left: number; lost: number; whole: boolean }

export type ToThread = { kind: 'take'; id: number; task: TakeTask } | { kind: 'stop' };
export type FromThread =
  | { kind: 'ready' }
  | { kind: 'taken'; id: number; taken: Taken } | { kind: 'missed'; id: number; why: string }
  /** It captures no more, or never has. Null: as it was told. */
  | { kind: 'ended'; why: string | null };
