/** What pages are told of a result's files: the manifest's entries (G.3), with sizes and with addresses that a link can lead to. No part of the public contract. */
import { Type, type Static } from 'typebox';
import { Nullable, OneOf } from './base.ts';
import { ASSET_TYPES } from './results.ts';

export const ResultFile = Type.Object({
  /** Of a stored file; `log` and `check-run-data` are made out of the result itself. */
  id: Type.String(),
  type: OneOf(ASSET_TYPES),
  name: Type.String(),
  contentType: Type.String(),
  /** Bytes. */
  size: Type.Integer({ minimum: 0 }),
  /** Good for a browser that is signed in, for an hour at least; a path of this server. */
  url: Type.String(),
  /** How many files are packed in it; null: it is no archive of what the run left. */
  holds: Nullable(Type.Integer({ minimum: 0 })),
});
export type ResultFile = Static<typeof ResultFile>;

export const ResultFiles = Type.Object({ files: Type.Array(ResultFile) });
export type ResultFiles = Static<typeof ResultFiles>;
