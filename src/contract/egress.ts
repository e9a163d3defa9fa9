/** Where checks and user code of a location may connect to: lists of networks and names. */
import { isIP } from 'node:net';
import { Type, type Static } from 'typebox';

const RULES = 500;
const Rules = Type.Array(Type.String({ maxLength: 300 }), { maxItems: RULES });

/** `allow`: where it is not empty, nothing else is reached. `deny` beats `allow`. `loopback`: the agent's own machine may be reached. */
export const EgressPolicy = Type.Object({ allow: Rules, deny: Rules, loopback: Type.Boolean() });
export type EgressPolicy = Static<typeof EgressPolicy>;

/** As it is given: what is left out is empty, and loopback is not reached. */
export const EgressGiven = Type.Object({ allow: Type.Optional(Rules), deny: Type.Optional(Rules), loopback: Type.Optional(Type.Boolean()) }, { additionalProperties: false });

/** What a location has whose owner has said nothing. */
export const SHARED_EGRESS: EgressPolicy = { allow: [], deny: [], loopback: false };

/** A rule as it is obeyed. `name`: lower case, without the asterisk of a wildcard. */
export type EgressRule =
  | { kind: 'net'; address: string; prefix: number; family: 'ipv4' | 'ipv6' }
  | { kind: 'name'; name: string; below: boolean };

const LABEL = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?';
const NAME = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*$`);

/** Reads an address, a CIDR block, a host name or `*.name` (every name below it). Null when it is none of them. */
export function readEgressRule(text: string): EgressRule | null {
  const [, address = '', digits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const version = isIP(address);
  if (version !== 0 && !address.includes('%')) {
    const widest = version === 4 ? 32 : 128;
    const prefix = digits === undefined ? widest : Number(digits);
    return prefix <= widest ? { kind: 'net', address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : null;
  }
  const name = text.trim().toLowerCase().replace(/\.$/, '');
  // A last label of digits is an address in one of its odd spellings, which would never be compared as a name.
  if (name.length > 253 || !NAME.test(name) || /(^|\.)(\d+|0x[0-9a-f]*)$/.test(name)) return null;
  return name.startsWith('*.') ? { kind: 'name', name: name.slice(2), below: true } : { kind: 'name', name, below: false };
}

/** A sentence about the first rule that cannot be read, or null. */
export function egressProblem({ allow, deny }: Pick<EgressPolicy, 'allow' | 'deny'>): string | null {
  for (const [list, rules] of [['allow', allow], ['deny', deny]] as const) {
    const at = rules.findIndex((rule) => readEgressRule(rule) === null);
    if (at >= 0) return `egress/${list}/${at} ${JSON.stringify(rules[at])} is no rule: it must be an IP address, a CIDR block such as 10.0.0.0/8, a host name or *.name.`;
  }
  return null;
}
