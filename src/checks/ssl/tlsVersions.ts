/** The order of TLS versions, in any usual way to write them: TLS1.2, TLSv1.2, TLS 1.2, 1.2. Null for what is none. */
export function tlsRank(version: string): number | null {
  const minor = /^\s*(?:TLS\s*v?)?1(?:\.([0-3]))?\s*$/i.exec(version);
  return minor ? Number(minor[1] ?? 0) : null;
}
