/**
 * Cipher suites that no longer protect what they carry: without encryption or authentication, with ciphers of less than 128 bits or broken
 * ones (RFC 9325, 4.1), and with keys exchanged by RSA or fixed Diffie-Hellman, where whoever gets the server's key reads all
 * that was ever recorded.
 */
const WEAK = /_(?:NULL|EXPORT\w*|anon|RC2|RC4|DES|DES40|3DES|IDEA)_|_NULL$|_MD5$/;
const NO_FORWARD_SECRECY = /^TLS_(?:RSA|DH_RSA|DH_DSS|ECDH_RSA|ECDH_ECDSA)_WITH_/;

/** @param suite IANA name */
export const isWeakCipher = (suite: string): boolean => WEAK.test(suite) || NO_FORWARD_SECRECY.test(suite);
