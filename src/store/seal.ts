/** Encrypts what waits in the store with secrets in it: AES-256-GCM under a key kept beside the store (mode 0600). */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';

export interface Seal {
  seal(text: string): string;
  /** Throws when the text was sealed with another key or was changed. */
  open(sealed: string): string;
}

/** @param key 32 bytes. @param nonce gives 12 fresh random bytes at each call. */
export function createSeal(key: Buffer, nonce: () => Buffer): Seal {
  if (key.length !== 32) throw new Error('The sealing key must be 32 bytes (64 hexadecimal digits).');
  const secret = createSecretKey(key);
  return {
    seal(text) {
      const iv = nonce();
      const cipher = createCipheriv('aes-256-gcm', secret, iv);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
  };
}
