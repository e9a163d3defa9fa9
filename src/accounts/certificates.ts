/** Client certificates for mutual TLS, by host (B.6). Key and passphrase are sealed and come back to agents only. */
import { refuse } from '../contract/errors.ts';
import type { ClientCertificateTable } from '../store/tables.ts';
import type { AccountsDeps } from './createAccounts.ts';

/** What may be shown of one. */
export interface StoredCertificate { id: string; host: string; cert: string; ca: string | null; createdAt: number }
/** PEM texts; `host` may be a wildcard glob. */
export interface NewCertificate { host: string; cert: string; ca: string | null; key: string | null; passphrase: string | null }
/** One for a run, complete; `createdAt` in Unix ms decides among equals. */
export interface OpenCertificate { host: string; cert: string; key: string; ca: string | null; passphrase: string | null; createdAt: number }

const CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

function assertPem({ host, cert, ca, key }: NewCertificate): void {
  if (host.trim() === '') throw refuse.badRequest('body/host must NOT be empty.');
  if (!cert.includes(CERTIFICATE)) throw refuse.badRequest('body/cert must be a certificate in PEM form.');
  if (ca !== null && ca !== '' && !ca.includes(CERTIFICATE)) throw refuse.badRequest('body/ca must be a certificate in PEM form.');
  if (!PRIVATE_KEY.test(key ?? cert)) throw refuse.badRequest('body/key must be a private key in PEM form (or stand in body/cert).');
}

export function createCertificates({ store, clock, newId, seal }: AccountsDeps) {
  const present = (row: ClientCertificateTable): StoredCertificate => ({ id: row.id, host: row.host, cert: row.cert, ca: row.ca, createdAt: row.created_at });
  const rowsOf = (accountId: string) => store.read.selectFrom('client_certificates').selectAll()
    .where('account_id', '=', accountId).orderBy('created_at').orderBy('id');
  return {
    listCertificates: async (accountId: string): Promise<StoredCertificate[]> => (await rowsOf(accountId).execute()).map(present),
    async getCertificate(accountId: string, id: string): Promise<StoredCertificate> {
      const row = await rowsOf(accountId).where('id', '=', id).executeTakeFirst();
      if (!row) throw refuse.notFound('Client certificate', id);
      return present(row);
    },
    /** 400 when a text is no PEM or there is no private key. */
    async createCertificate(accountId: string, certificate: NewCertificate): Promise<StoredCertificate> {
      assertPem(certificate);
      // `cert` is readable by every member: a private key that stands in it moves to the sealed part.
      const publicPart = certificate.cert.replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----\s*/g, '');
      const row: ClientCertificateTable = {
        id: newId(), account_id: accountId, host: certificate.host, cert: publicPart, ca: certificate.ca, created_at: clock(),
        sealed: seal.seal(JSON.stringify({ key: certificate.key ?? certificate.cert, passphrase: certificate.passphrase })),
      };
      await store.transaction(async ({ db }) => { await db.insertInto('client_certificates').values(row).execute(); });
      return present(row);
    },
    async deleteCertificate(accountId: string, id: string): Promise<void> {
      await store.transaction(async ({ db }) => {
        const { numDeletedRows } = await db.deleteFrom('client_certificates').where('id', '=', id).where('account_id', '=', accountId).executeTakeFirst();
        if (!numDeletedRows) throw refuse.notFound('Client certificate', id);
      });
    },
    /** All of them with their private keys, for a run. */
    async openCertificates(accountId: string): Promise<OpenCertificate[]> {
      const rows = await rowsOf(accountId).execute();
      return rows.map((row) => {
        const { key, passphrase } = JSON.parse(seal.open(row.sealed)) as { key: string; passphrase: string | null };
        return { host: row.host, cert: row.cert, ca: row.ca, key, passphrase, createdAt: row.created_at };
      });
    },
  };
}
