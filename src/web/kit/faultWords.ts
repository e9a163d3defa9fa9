/** What the code of a network failure means, in a sentence. Pure; the machine's own words stay beside it. */

const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused: nothing listens at this address and port.',
  ECONNRESET: 'The other side broke the connection off before it had answered.',
  EPIPE: 'The other side closed the connection while something was being sent.',
  ENOTFOUND: 'The name has no address.', EAI_NONAME: 'The name has no address.', ENODATA: 'The name has no address of this family.', EAI_NODATA: 'The name has no address of this family.',
  EAI_AGAIN: 'No name server could say the address at that moment.', ESERVFAIL: 'The name server failed to find the address.', EREFUSED: 'The name server refused to answer.',
  ETIMEDOUT: 'No answer came in time.', ESOCKETTIMEDOUT: 'No answer came in time.', SOCKET_TIMEOUT: 'No answer came in time.', ETIMEOUT: 'The name server did not answer in time.',
  EHOSTUNREACH: 'The host cannot be reached from where the check ran.', ENETUNREACH: 'There is no way to the network of this address from where the check ran.',
  EADDRNOTAVAIL: 'The machine that the check ran on has no address of this family.', ERR_INVALID_IP_ADDRESS: 'The address is of the other family than the check asks for.',
  CERT_HAS_EXPIRED: 'A certificate has expired.', CERT_NOT_YET_VALID: 'A certificate is not valid yet.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is not for this name.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is signed by itself, and not trusted.', SELF_SIGNED_CERT_IN_CHAIN: 'The chain ends at an authority that is not trusted.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The chain of certificates is incomplete, or its authority not trusted.',
  UNABLE_TO_GET_ISSUER_CERT: 'The chain of certificates is incomplete, or its authority not trusted.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The chain of certificates is incomplete, or its authority not trusted.',
  EPROTO: 'The other side does not speak TLS as expected.', ERR_SSL_WRONG_VERSION_NUMBER: 'The other side does not speak TLS at this port.',
};

/** @param code of the failure, or the message that has it among its words; @returns null for one that says enough itself. */
export function faultWords(code: string): string | null {
  for (const [word] of code.matchAll(/\b[A-Z][A-Z_\d]{3,}\b/g)) if (Object.hasOwn(MEANINGS, word)) return MEANINGS[word] ?? null;
  return null;
}
