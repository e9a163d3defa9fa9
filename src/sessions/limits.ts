/** The times the engine lives by, in ms. */
export interface EngineLimits {
  /** How long an assignment is its agent's without a sign of life. A dead agent's run is taken over within 30 s. */
  leaseMs: number;
  /** How often agents are told to extend. */
  extendEveryMs: number;
  /** How long a run waits for an agent where no agent is alive (A.9). */
  queueLimitMs: number;
  /** An agent that was not heard of for this long is not alive. */
  agentGoneMs: number;
  /** How long an agent may take to acknowledge a cancellation (A.8). */
  cancelLimitMs: number;
  /** How often a lost run is handed to another agent before it is ended as lost. */
  takeovers: number;
  /** How long an unrecorded session is kept after it ended. */
  forgetMs: number;
  /** How long the sealed settings of checks are kept after the end of their session, so that they can run again; 0: not at all. */
  runAgainMs: number;
  /** How long an upload is kept after it came; no run lasts that long. A server adds `runAgainMs` to it. */
  keepUploadsMs: number;
  /** How long a run that is recorded from elsewhere may take to tell its end. */
  recordingMs: number;
  /** How long retention rests when nothing is due. */
  retentionRestMs: number;
}

export const ENGINE_LIMITS: EngineLimits = {
  leaseMs: 20_000, extendEveryMs: 6_000, queueLimitMs: 360_000, agentGoneMs: 45_000, cancelLimitMs: 60_000, takeovers: 2, forgetMs: 3_600_000, runAgainMs: 86_400_000, keepUploadsMs: 86_400_000, recordingMs: 86_400_000, retentionRestMs: 60_000,
};
