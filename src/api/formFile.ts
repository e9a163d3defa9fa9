/** The one file of a form (`multipart/form-data`), as a stream. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { refuse } from '../contract/errors.ts';

/** Other parts that a form may have; they are not looked at. */
const MOST_PARTS = 20;

/**
 * Resolves as soon as the file begins. Rejects with a refusal (400) where the form is none or has no file of this name, and with whatever
 * `payload` fails with; so does the stream, where that happens later.
 */
export function formFile(payload: Readable, headers: IncomingHttpHeaders, field: string): Promise<Readable> {
  const found = Promise.withResolvers<Readable>();
  let file: Readable | null = null;
  const fail = (error: Error): void => {
    found.reject(error);
    file?.destroy(error);
  };
  try {
    const form = new Busboy({ headers: headers as BusboyHeaders, limits: { files: MOST_PARTS, fields: MOST_PARTS, parts: MOST_PARTS } });
    form.on('file', (name, stream) => {
      if (name !== field || file !== null) return void stream.resume();
      file = stream;
      // Whoever reads it may come later than the error.
      stream.on('error', () => {});
      found.resolve(stream);
    });
    form.on('error', () => fail(refuse.badRequest('The body is no complete multipart/form-data.')));
    form.on('finish', () => found.reject(refuse.badRequest(`The form has no file "${field}".`)));
    payload.on('error', fail);
    payload.pipe(form);
  } catch (error) {
    fail(refuse.badRequest(`The body is no multipart/form-data: ${(error as Error).message}`));
  }
  return found.promise;
}
