/**
 * How request bodies come in: JSON, plain or gzip, and raw uploads as streams.
 * Promises: limits count decoded bytes; broken or hostile input ends in a 4xx before a handler sees it; where the body's
 * schema is optional, an absent body counts as an empty object.
 */
import type { Readable, TransformCallback } from 'node:stream';
import { Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify';
import { Type } from 'typebox';
import { refuse, Refusal } from '../contract/errors.ts';
import { formFile } from './formFile.ts';
import type { Api, ApiDeps } from './deps.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes `application/octet-stream` and nothing else; `request.body` is a Readable that ends in 413 past the upload limit. */
    stream?: boolean;
    /** Such a route takes a form, too: `request.body` is the file of this name in it. */
    form?: string;
  }
}

const MAX_DEPTH = 100;
const STREAM_TYPE = 'application/octet-stream';
const FORM_TYPE = 'multipart/form-data';
const [QUOTE, BACKSLASH] = [34, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/** Whether brackets nest deeper than MAX_DEPTH; reads the text once, without recursion and before anything is built from it. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const sign = json.charCodeAt(i);
    if (sign === QUOTE) {
      i++;
      while (i < json.length && json.charCodeAt(i) !== QUOTE) i += json.charCodeAt(i) === BACKSLASH ? 2 : 1;
    } else if (sign === OPEN_LIST || sign === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) return true;
    } else if (sign === CLOSE_LIST || sign === CLOSE_OBJECT) depth--;
  }
  return false;
}

/** Passes bytes on and fails with 413 once there are more than `limit`. `receivedEncodedLength` is what Fastify compares with the content-length. */
class Limited extends Transform {
  receivedEncodedLength = 0;
  #seen = 0;
  readonly #limit: number;

  constructor(limit: number) { super(); this.#limit = limit; }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#seen += chunk.length;
    if (this.#seen > this.#limit) done(refuse.tooLarge(this.#limit));
    else done(null, chunk);
  }
}

/**
 * The payload after its content-encoding, limited. When the reader or the decoder stops early, nothing more is inflated and
 * what still comes is thrown away: to destroy the request would cut the line before the client has read the answer.
 */
function decode(payload: RequestPayload, encoding: string, limit: number): RequestPayload {
  const limited = new Limited(limit);
  const first = encoding === 'gzip' ? createGunzip() : limited;
  if (first !== limited) {
    first.on('error', () => limited.destroy(refuse.badRequest('The body is not valid gzip.')));
    first.pipe(limited);
  }
  // The reader may come later than the error; it finds the error then, but the event must not end the process.
  limited.on('error', () => {});
  limited.once('close', () => {
    payload.unpipe(first);
    first.destroy();
    payload.resume();
  });
  payload.once('error', (error) => limited.destroy(error));
  payload.on('data', (chunk: Buffer) => { limited.receivedEncodedLength += chunk.length; });
  payload.pipe(first);
  return limited;
}

function prepare(request: FastifyRequest, payload: RequestPayload, uploadLimit: number): RequestPayload {
  const type = request.headers['content-type'];
  const wantsStream = request.routeOptions.config.stream === true;
  const hasBody = type !== undefined || request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const kind = type?.split(';')[0]?.trim().toLowerCase();
  const { form } = request.routeOptions.config;
  if (wantsStream && request.method !== 'GET' && kind !== STREAM_TYPE && (form === undefined || kind !== FORM_TYPE)) {
    throw new Refusal(415, `This route takes ${STREAM_TYPE}${form === undefined ? '' : `, or ${FORM_TYPE} with the file "${form}"`}.`);
  }
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (!hasBody) return payload;
  if (encoding !== 'gzip' && encoding !== 'identity') throw new Refusal(415, `The content-encoding ${encoding} is not taken: send gzip, or none.`);
  const limit = wantsStream ? uploadLimit : request.routeOptions.bodyLimit;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw refuse.tooLarge(limit);
  return wantsStream || encoding === 'gzip' ? decode(payload, encoding, limit) : payload;
}

function addParsers(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (isTooDeep(body as string)) done(refuse.badRequest(`The body nests deeper than ${MAX_DEPTH} levels.`));
    else parseJson(request, body as string, done);
  });
  app.addContentTypeParser(STREAM_TYPE, (request: FastifyRequest, payload: Readable, done: (error: Error | null, body?: unknown) => void) => {
    if (request.routeOptions.config.stream) done(null, payload);
    else done(new Refusal(415, `This route does not take ${STREAM_TYPE}.`));
  });
  app.addContentTypeParser(FORM_TYPE, (request: FastifyRequest, payload: Readable, done: (error: Error | null, body?: unknown) => void) => {
    const { form } = request.routeOptions.config;
    if (form === undefined) return done(new Refusal(415, `This route does not take ${FORM_TYPE}.`));
    formFile(payload, request.headers, form).then((file) => done(null, file), done);
  });
  // The CLI posts its cancellation with this type and nothing in it.
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') done(null, undefined);
    else done(new Refusal(415, 'Forms are not taken: send application/json.'));
  });
}

export function takeBodies(app: Api, { config }: ApiDeps): void {
  addParsers(app as unknown as FastifyInstance);
  app.addHook('onRoute', (route) => {
    if (!Type.IsOptional(route.schema?.body)) return;
    // Fastify would validate an absent body as null.
    route.preValidation = [route.preValidation ?? []].flat();
    route.preValidation.push((request, _reply, done) => {
      request.body ??= {};
      done();
    });
  });
  app.addHook('preParsing', (request, _reply, payload, done) => {
    try {
      done(null, prepare(request, payload, config.uploadLimit));
    } catch (error) {
      done(error as Error);
    }
  });
}
