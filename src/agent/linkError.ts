/** Why a verb did not get its answer, and what the agent does about it. */

/**
 * transient: the server cannot be reached, is starting or busy; wait and ask again.
 * fatal: this agent is not welcome or set up wrongly; stop with the sentence.
 * unknown: the server does not know this agent (any more); say hello again.
 * lost: the run is somebody else's or has settled; say no more about it.
 * refused: the request itself is not accepted; repeating it does not help.
 * closed: this agent has stopped and asks nothing more.
 */
export type LinkErrorKind = 'transient' | 'fatal' | 'unknown' | 'lost' | 'refused' | 'closed';

export class LinkError extends Error {
  readonly kind: LinkErrorKind;
  /** HTTP status of the answer; null when there was none. */
  readonly status: number | null;
  /** ms the server asked to wait; null when it did not say. */
  readonly retryAfterMs: number | null;

  constructor(kind: LinkErrorKind, message: string, status: number | null = null, retryAfterMs: number | null = null) {
    super(message);
    this.name = 'LinkError';
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An answer as it came, its body read as JSON where it is JSON. */
export interface BadAnswer { verb: string; status: number; body: unknown; retryAfter: string | undefined; location: string | undefined }

/** Statuses with which the server itself turns a request down for what is in it. */
const REFUSALS = new Set([400, 409, 413, 415, 422]);
const LONGEST_RETRY_AFTER_MS = 30_000;

/** What an answer that is no success means (contract I.4 for its body). Whatever a proxy in between may say is transient. */
export function errorOfAnswer({ verb, status, body, retryAfter, location }: BadAnswer): LinkError {
  const { message, errorCode } = (typeof body === 'object' && body !== null ? body : {}) as { message?: unknown; errorCode?: unknown };
  const said = typeof message === 'string' && message !== '' ? message : `it answered ${verb} with status ${status}`;
  if (status === 409 && errorCode === 'ERR_LEASE_LOST') return new LinkError('lost', said, status);
  if (errorCode === 'ERR_NO_UPLOAD') return new LinkError('refused', said, status);
  if (verb === 'hello') {
    const fatal = fatalHello(status, said, location);
    if (fatal) return new LinkError('fatal', fatal, status);
  } else if (errorCode === 'ERR_UNKNOWN_AGENT' || status === 401 || status === 403) {
    // Hello decides whether the key is really bad.
    return new LinkError('unknown', said, status);
  }
  if (REFUSALS.has(status)) return new LinkError('refused', said, status);
  return new LinkError('transient', said, status, retryAfterMs(retryAfter));
}

function fatalHello(status: number, said: string, location: string | undefined): string | null {
  if (status === 401 || status === 403) return `The server does not accept this location key (${status}): ${said}. Check the key of the agent's location.`;
  if (REFUSALS.has(status)) return `The server does not accept this agent: ${said}`;
  if (status >= 300 && status < 400) return `The server's address redirects to ${location ?? 'another one'}: give the agent that address itself.`;
  return null;
}

function retryAfterMs(header: string | undefined): number | null {
  return header !== undefined && /^\d+$/.test(header) ? Math.min(Number(header) * 1000, LONGEST_RETRY_AFTER_MS) : null;
}
