/** Stored snippets: scripts that checks name or require (B.15). */
import { Type } from 'typebox';
import { DateTime, Nullable } from './base.ts';

export const Snippet = Type.Object({
  id: Type.Optional(Type.Number()), name: Type.Optional(Type.String()), script: Type.Optional(Type.String()),
  created_at: Type.Optional(DateTime), updated_at: Type.Optional(Nullable(DateTime)),
});
export const SnippetCreate = Type.Object({ name: Type.String({ minLength: 1 }), script: Type.String({ minLength: 1 }) });
export const SnippetParams = Type.Object({ id: Type.Integer({ minimum: 1 }) });
export const SnippetsQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
  page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
});
