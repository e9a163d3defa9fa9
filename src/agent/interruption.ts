/** The stop signal of one run, and who pulled it. */

/**
 * cancelled: by the server; lost: the run is another agent's; stopped: this agent is going down; overdue: past its deadline.
 */
export type InterruptedBy = 'cancelled' | 'lost' | 'stopped' | 'overdue';

export interface Interruption {
  readonly signal: AbortSignal;
  /** Null while nobody did. The first one counts, except that a lost run stays lost. */
  readonly by: InterruptedBy | null;
  interrupt(by: InterruptedBy): void;
}

export function createInterruption(): Interruption {
  const controller = new AbortController();
  let first: InterruptedBy | null = null;
  return {
    signal: controller.signal,
    get by() { return first; },
    interrupt(by) {
      if (first === null || by === 'lost') first = by;
      controller.abort(new DOMException(`The run was interrupted: ${by}.`, 'AbortError'));
    },
  };
}
