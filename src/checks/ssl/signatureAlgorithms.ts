/** Signature algorithms by object identifier, under the names of Go's `x509` (B.11). */

/** `hash`: as `node:crypto` calls it; null where the algorithm brings its own. */
export interface SignatureAlgorithm { name: string; hash: string | null; weak?: true; pss?: true }

const weak = true;
const NAMED: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.2': { name: 'MD2-RSA', hash: 'md2', weak },
  '1.2.840.113549.1.1.4': { name: 'MD5-RSA', hash: 'md5', weak },
  '1.2.840.113549.1.1.5': { name: 'SHA1-RSA', hash: 'sha1', weak },
  '1.3.14.3.2.29': { name: 'SHA1-RSA', hash: 'sha1', weak },
  '1.2.840.113549.1.1.14': { name: 'SHA224-RSA', hash: 'sha224' },
  '1.2.840.113549.1.1.11': { name: 'SHA256-RSA', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { name: 'SHA384-RSA', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { name: 'SHA512-RSA', hash: 'sha512' },
  '1.2.840.10040.4.3': { name: 'DSA-SHA1', hash: 'sha1', weak },
  '2.16.840.1.101.3.4.3.2': { name: 'DSA-SHA256', hash: 'sha256' },
  '1.2.840.10045.4.1': { name: 'ECDSA-SHA1', hash: 'sha1', weak },
  '1.2.840.10045.4.3.1': { name: 'ECDSA-SHA224', hash: 'sha224' },
  '1.2.840.10045.4.3.2': { name: 'ECDSA-SHA256', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { name: 'ECDSA-SHA384', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { name: 'ECDSA-SHA512', hash: 'sha512' },
  '1.3.101.112': { name: 'Ed25519', hash: null },
  '1.3.101.113': { name: 'Ed448', hash: null },
  '2.16.840.1.101.3.4.3.17': { name: 'ML-DSA-44', hash: null },
  '2.16.840.1.101.3.4.3.18': { name: 'ML-DSA-65', hash: null },
  '2.16.840.1.101.3.4.3.19': { name: 'ML-DSA-87', hash: null },
};

/** RSA-PSS has one identifier, and its hash as a parameter; SHA-1 when there is none. */
const PSS = '1.2.840.113549.1.1.10';
const PSS_HASHES: Readonly<Record<string, string>> = { '2.16.840.1.101.3.4.2.1': 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };

/** The algorithm of an identifier; one without a name is called by its number. */
export function signatureAlgorithmOf(id: string, pssHash: string | null): SignatureAlgorithm {
  if (id !== PSS) return NAMED[id] ?? { name: id, hash: null };
  const hash = PSS_HASHES[pssHash ?? ''] ?? 'sha1';
  return { name: `${hash.toUpperCase()}-RSAPSS`, hash, pss: true, ...(hash === 'sha1' ? { weak } : {}) };
}
