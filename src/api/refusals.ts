/**
 * The one printer of errors (I.4).
 * Promises: every refusal leaves in the form of the catalogue. Never: a detail of a bug to the caller; that goes to the log.
 */
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { ErrorBody, errorBody, refuse, Refusal } from '../contract/errors.ts';

type Code = 400 | 401 | 402 | 403 | 404 | 408 | 409 | 410 | 413 | 415 | 416 | 429;
/** Response schemas for the statuses a route refuses with; 401, 403 and 429 are added to every route by its access. */
export function refusals<const C extends Code>(...codes: C[]): Record<C, typeof ErrorBody> {
  return Object.fromEntries(codes.map((code) => [code, ErrorBody])) as Record<C, typeof ErrorBody>;
}

/** Names path and rule, and the allowed words where the rule is a list. */
export function describeInvalid(errors: FastifySchemaValidationError[], part: string): Error {
  const [first] = errors;
  if (!first) return refuse.badRequest(`${part} is invalid.`);
  const { instancePath, message, params, keyword } = first;
  const path = `${part}${instancePath}`;
  if (keyword === 'enum') return refuse.badRequest(`${path} must be one of ${(params['allowedValues'] as unknown[]).join(', ')}.`);
  if (keyword === 'additionalProperties') return refuse.badRequest(`${path} must NOT have the property ${String(params['additionalProperty'])}.`);
  return refuse.badRequest(`${path} ${message ?? 'is invalid'}.`);
}

/** PostgreSQL's word for a text it cannot store: one with the character NUL in it. */
const PG_UNSTORABLE_TEXT = '22021';

/** What Fastify itself turns down, as a refusal; undefined for what is a bug. */
function asRefusal(error: FastifyError, request: FastifyRequest): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error.code === PG_UNSTORABLE_TEXT) return refuse.badRequest('The request holds a text with the character NUL in it.');
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse.tooLarge(request.routeOptions.bodyLimit);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Refusal(415, `The content type ${request.headers['content-type'] ?? '(none)'} is not taken: send application/json.`);
  }
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return undefined;
  return status === 400 ? refuse.badRequest(error.message) : new Refusal(status as 404, error.message);
}

export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as FastifyError;
  const refusal = asRefusal(error, request);
  if (!refusal) request.log.error({ err: error, method: request.method, url: request.url }, 'A request ended in an internal error');
  const body = refusal
    ? errorBody(refusal.statusCode, refusal.message, refusal.errorCode)
    : errorBody(500, 'An internal error occurred. The server\'s log has the details.');
  // An answer that began as something else (a stream, a text) becomes JSON.
  reply.code(body.statusCode).type('application/json; charset=utf-8').send(body);
}

/** Unknown paths, and known paths with a method they do not have. */
export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): void {
  reply.code(404).send(errorBody(404, `There is nothing at ${request.method} ${request.url.split('?')[0]} in this version of Assay.`));
}
