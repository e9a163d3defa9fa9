/**
 * The catalogue of refusals: every error a caller can cause, in the one form of I.4.
 * Promises: status, `error` title and shape come from here alone; one handler prints them.
 * Never: a failed check (that is data) and never a bug (that is a 500 without detail).
 */
import { Type, type Static } from 'typebox';

export const ErrorBody = Type.Object({
  statusCode: Type.Integer(),
  error: Type.String(),
  message: Type.String(),
  errorCode: Type.Optional(Type.String()),
  attributes: Type.Optional(Type.Object({}, { additionalProperties: true })),
});
export type ErrorBody = Static<typeof ErrorBody>;

const TITLES = {
  400: 'Bad Request', 401: 'Unauthorized', 402: 'Payment Required', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed',
  406: 'Not Acceptable', 408: 'Request Timeout', 409: 'Conflict', 410: 'Gone', 413: 'Payload Too Large', 415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable', 417: 'Expectation Failed', 429: 'Too Many Requests', 431: 'Request Header Fields Too Large', 500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;
type RefusalStatus = keyof typeof TITLES;

/** The title that belongs to a status in the error body; the plain number's class where the catalogue has none. */
export function titleOf(status: number): string {
  return TITLES[status as RefusalStatus] ?? (status < 500 ? TITLES[400] : TITLES[500]);
}

/** A request that is turned down. `message` names the field and the rule; `errorCode` is for machines. */
export class Refusal extends Error {
  readonly statusCode: number;
  readonly errorCode: string | undefined;

  constructor(statusCode: RefusalStatus, message: string, errorCode?: string) {
    super(message);
    this.name = 'Refusal';
    this.statusCode = statusCode;
    this.errorCode = errorCode;
  }
}

/** Prints any status and message in the form of I.4. */
export function errorBody(statusCode: number, message: string, errorCode?: string): ErrorBody {
  return { statusCode, error: titleOf(statusCode), message, ...(errorCode ? { errorCode } : {}) };
}

export const refuse = {
  badRequest: (message: string) => new Refusal(400, message, 'ERR_BAD_REQUEST'),
  /** No key or a bad key (I.1). */
  badToken: () => new Refusal(401, 'Bad Token'),
  notYours: (accountId: string) => new Refusal(403, `This key has no access to account ${accountId}.`),
  /** A cookie came along with a request that another site made a browser send. */
  foreignPage: () => new Refusal(403, 'Requests that change something are taken from pages of this server only, or with a key.'),
  roleTooLow: (needed: string) => new Refusal(403, `This key's role does not allow that: ${needed} or more is needed.`),
  /** A personal key opens all accounts of its person. */
  othersKey: () => new Refusal(403, 'This is somebody else\'s personal key: they end it themselves, or lose their membership.'),
  /** F.5: nobody to ask; 402 is for a quota that is used up. */
  noAiProvider: () => new Refusal(403, 'Root cause analyses need an AI provider, and none is configured on this server.', 'ERR_NO_AI_PROVIDER'),
  /** Unknown ids and those of other accounts alike (I.1, K.18). */
  notFound: (what: string, id: string) => new Refusal(404, `${what} ${id} was not found.`),
  noMatchingChecks: () => new Refusal(404, 'No checks match the target.', 'ERR_NO_MATCHING_CHECKS'),
  /** The long-poll ran out; the caller asks again (A.12). */
  notYet: (what: string) => new Refusal(408, `${what} has not completed yet.`),
  conflict: (message: string) => new Refusal(409, message),
  /** The run has another owner now, or has settled: said by name so that a late writer can stop (agent protocol). */
  leaseLost: (runId: string, why: string) => new Refusal(409, `The lease of run ${runId} is lost: ${why}.`, 'ERR_LEASE_LOST'),
  /** The run's account has no such upload (any more): asking again does not help (agent protocol). */
  noUpload: (key: string) => new Refusal(404, `There is no upload ${key}.`, 'ERR_NO_UPLOAD'),
  gone: (what: string) => new Refusal(410, `${what} is no longer kept.`),
  tooLarge: (maximumBytes: number) => new Refusal(413, `The payload is too large (maximum allowed: ${maximumBytes} bytes).`),
  badRange: () => new Refusal(416, 'The requested range lies outside of the file.'),
};
