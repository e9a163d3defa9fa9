/** Client certificates for mutual TLS (B.6). Private keys come in and never go out. */
import { Type } from 'typebox';
import { DateTime, Nullable, Uuid } from './base.ts';

const shown = { host: Type.String(), cert: Type.String(), ca: Type.Optional(Nullable(Type.String())) };

export const ClientCertificate = Type.Object({ ...shown, id: Uuid, created_at: Type.Optional(DateTime) });
export const ClientCertificateCreate = Type.Object({
  ...shown, key: Type.Optional(Type.String()), passphrase: Type.Optional(Nullable(Type.String())),
});
