/** Calls of this server's API from a page: signed in by cookie, errors in the contract's form. */
import type { ErrorBody } from '../../contract/errors.ts';
import { noteAnswer } from './serverLine.ts';
import { toSignIn } from './toSignIn.ts';

/** A refusal, or a server that could not be reached (`status` 0). `message` is for people. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export interface Call { method?: string; body?: unknown; accountId?: string | undefined; signal?: AbortSignal | undefined }

/** Where a wrong key is refused: what the page says itself. */
const SIGNING_IN = '/web/sign-in';

/** @returns the answer's JSON; undefined where it has no body. Throws an ApiError. Whoever is signed in no longer is led to the sign-in. */
export async function request<T>(path: string, { method = 'GET', body, accountId, signal }: Call = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (accountId !== undefined) headers['x-checkly-account'] = accountId;
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, { method, headers, credentials: 'same-origin', ...(signal ? { signal } : {}), ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    noteAnswer(0);
    throw new ApiError(0, 'The server cannot be reached.');
  }
  noteAnswer(response.status);
  if (response.status === 401 && path !== SIGNING_IN) toSignIn();
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, messageOf(text) ?? `The server answered with ${response.status}.`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function messageOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as Partial<ErrorBody>;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
