/** The key that seals what waits in the store, and what is derived from it. */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The configured key, or the one in `<dataDir>/secret.key`, made there at the first start with mode 0600. @returns 32 bytes. */
export function loadSecretKey(dataDir: string, configured: string | null): Buffer {
  if (configured !== null) return Buffer.from(configured, 'hex');
  const path = join(dataDir, 'secret.key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
  if (key.length !== 32) throw new Error(`${path} does not hold a key of 64 hexadecimal digits.`);
  return key;
}

/** The location key of the server's own agents: the same at each start, without being written anywhere. */
export const publicLocationKey = (secretKey: Buffer): string => `pl_${createHmac('sha256', secretKey).update('public location').digest('hex')}`;

/** The key of signed links: of its own, so that no signature tells anything about the seal. */
export const linkKey = (secretKey: Buffer): Buffer => Buffer.from(hkdfSync('sha256', secretKey, Buffer.alloc(0), 'assay signed links', 32));
