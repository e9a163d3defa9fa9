/**
 * Which targets a run may connect to: the rules of its location, and those that hold everywhere.
 * Promises: pure; an address is judged in every form that leads to the same machine (IPv4 in IPv6, NAT64, 6to4); deny beats allow;
 * every denial comes with its true reason as a sentence.
 * Never: a lookup. Names are judged as names, and every address that a name resolves to is judged again by whoever connects.
 */
import { BlockList, isIP } from 'node:net';
import type { Capture } from './capture.ts';
import { readEgressRule, type EgressPolicy, type EgressRule } from '../../contract/egress.ts';

/** A port that is Assay's own. `host`: a name or an address. */
export interface Endpoint { host: string; port: number }

/** A policy and whose it is, for the sentence. */
export interface OwnedPolicy extends EgressPolicy { of: 'location' | 'agent' }

/** Each answers null for what may be reached, else the sentence that says why not. `host`: as it was asked for. `port`: null where there is none (a mere lookup, a ping). */
export interface Egress {
  /** Before a name is resolved: what is certain already. */
  beforeLookup(host: string, port: number | null): string | null;
  /** Before a connection to an address, which `host` was resolved to or is. */
  atAddress(host: string, port: number | null, address: string): string | null;
  /** Where somebody else resolves the name (a proxy): the name alone decides. */
  byName(host: string, port: number): string | null;
}

/** How a sandboxed command's connections are judged, and who is told of a denial. */
export interface SandboxEgress {
  policy: Egress;
  onDenied(sentence: string): void;
  /** Hears of each connection; absent where nothing is captured. */
  capture?: Capture | undefined;
}

export interface EgressFacts {
  /** All of them must agree. */
  policies: readonly OwnedPolicy[];
  own: readonly Endpoint[];
  /** Addresses of the agent's machine: what listens on all of them is reached there as on loopback. */
  local: readonly string[];
}

/** The error code of a denial, where errors have codes. */
export const DENIED = 'EACCES';

const METADATA = ' (this is the address of a cloud\'s metadata service)';
const LINK_LOCAL = 'link-local addresses are never reached from checks';
/** The first that matches gives the reason. */
const NEVER: readonly [block: string, reason: string][] = [
  ['169.254.169.254', LINK_LOCAL + METADATA], ['169.254.0.0/16', LINK_LOCAL], ['fe80::/10', LINK_LOCAL],
  ...['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'].map((address): [string, string] => [address, `addresses of clouds' own services are never reached from checks${METADATA}`]),
  ['0.0.0.0/8', 'it is no address of a machine'], ['::/128', 'it is no address of a machine'],
  ['224.0.0.0/4', 'multicast addresses are never reached from checks'], ['ff00::/8', 'multicast addresses are never reached from checks'],
  ['255.255.255.255', 'broadcast addresses are never reached from checks'],
];
const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata.goog', 'metadata']);
const OWN = 'this is a port of Assay itself or of its store';

const never = NEVER.map(([block, reason]) => ({ list: listOf([block]), reason }));
const loopback = listOf(['127.0.0.0/8', '::1']);
const unspecified = listOf(['0.0.0.0/8', '::/128']);

/** The rules of one run. Rules that cannot be read are an Error: nothing is guessed about them. */
export function createEgress({ policies, own, local }: EgressFacts): Egress {
  const here = listOf(local);
  const sets = policies.map((policy) => ({ policy, allow: rulesOf(policy.allow), deny: rulesOf(policy.deny) }));
  const owned = own.map(({ host, port }) => ({ name: plainHost(host), forms: formsOf(plainHost(host)), port }));
  const isHere = (forms: readonly string[]) => forms.some((form) => inList(loopback, form) || inList(here, form));

  const isOwn = (name: string, forms: readonly string[], port: number | null): boolean => owned.some((one) => {
    if (port !== null && one.port !== port) return false;
    if (one.name === name) return port !== null;
    if (port === null) return false;
    const onLoopback = one.name === 'localhost' || one.forms.some((form) => inList(loopback, form));
    const everywhere = one.forms.some((form) => inList(unspecified, form));
    return one.forms.some((form) => forms.includes(form)) || (onLoopback && forms.some((form) => inList(loopback, form))) || (everywhere && isHere(forms));
  });

  /** What holds everywhere; `forms` is empty for a name that is not resolved. */
  const always = (name: string, forms: readonly string[], port: number | null): string | null => {
    if (METADATA_NAMES.has(name)) return `the metadata services of clouds are never reached from checks`;
    const found = never.find(({ list }) => forms.some((form) => inList(list, form)));
    if (found) return found.reason;
    return isOwn(name, forms, port) ? OWN : null;
  };
  const denied = (name: string, forms: readonly string[]): string | null => {
    for (const { policy, deny } of sets) {
      const rule = deny.find((one) => matches(one, name, forms));
      if (rule) return `${rule.text} is on the deny list of this ${policy.of}`;
    }
    return null;
  };
  const notAllowed = (name: string, forms: readonly string[]): string | null => {
    for (const { policy, allow } of sets) {
      if (!policy.loopback && (name === 'localhost' || isHere(forms))) return `the agent's own machine is not reached from this ${policy.of} (its egress setting "loopback" is off)`;
      if (allow.length > 0 && !allow.some((one) => matches(one, name, forms))) return `it is not on the allow list of this ${policy.of}`;
    }
    return null;
  };
  const sentence = (host: string, port: number | null, address: string, reason: string | null): string | null => (reason === null ? null
    : `Connection to ${inBrackets(plainHost(host))}${port === null ? '' : `:${port}`}${address !== '' && plainHost(host) !== address ? ` (${address})` : ''} denied: ${reason}.`);

  const judged = (host: string, port: number | null, address: string): string | null => {
    const name = plainHost(host);
    const forms = formsOf(address);
    // What is no address cannot be judged as one.
    const reason = forms.length === 0 ? 'its address cannot be read' : always(name, forms, port) ?? denied(name, forms) ?? notAllowed(name, forms);
    return sentence(host, port, address, reason);
  };
  return {
    beforeLookup: (host, port) => (isIP(plainHost(host)) ? judged(host, port, plainHost(host))
      : sentence(host, port, '', always(plainHost(host), [], port) ?? denied(plainHost(host), []))),
    atAddress: (host, port, address) => judged(host, port, plainHost(address)),
    byName: (host, port) => (isIP(plainHost(host)) ? judged(host, port, plainHost(host))
      : sentence(host, port, '', always(plainHost(host), [], port) ?? denied(plainHost(host), []) ?? notAllowed(plainHost(host), []))),
  };
}

/** Lower case, without brackets, without the last dot and without an interface. */
export function plainHost(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '').replace(/\.$/, '');
}

const inBrackets = (host: string): string => (host.includes(':') ? `[${host}]` : host);

interface Rule { rule: EgressRule; list: BlockList | null; text: string }

function rulesOf(texts: readonly string[]): Rule[] {
  return texts.map((text) => {
    const rule = readEgressRule(text);
    if (rule === null) throw new Error(`The egress rule ${JSON.stringify(text)} cannot be read.`);
    return { rule, text, list: rule.kind === 'net' ? listOf([text]) : null };
  });
}

function matches({ rule, list }: Rule, name: string, forms: readonly string[]): boolean {
  if (rule.kind === 'name') return rule.below ? name.endsWith(`.${rule.name}`) : name === rule.name;
  return forms.some((form) => inList(list, form));
}

function listOf(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const rule = readEgressRule(block.replace(/%.*$/, ''));
    if (rule?.kind === 'net') list.addSubnet(rule.address, rule.prefix, rule.family);
  }
  return list;
}

const inList = (list: BlockList | null, address: string): boolean => list?.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6') === true;

/** The address and the IPv4 addresses that it stands for; empty when it is none. */
function formsOf(address: string): string[] {
  const version = isIP(address);
  if (version === 0) return [];
  if (version === 4) return [address];
  const groups = groupsOf(address);
  const v4At = (group: number) => [groups[group] ?? 0, groups[group + 1] ?? 0].flatMap((value) => [value >> 8, value & 255]).join('.');
  const begins = (...with_: number[]) => with_.every((value, index) => groups[index] === value);
  const forms = [groups.map((value) => value.toString(16)).join(':')];
  const zeros = groups.slice(0, 5).every((value) => value === 0);
  // Mapped, compatible (but ::1 and ::), NAT64 by its well-known and its local prefix, 6to4.
  if (zeros && (groups[5] === 0xffff || (groups[5] === 0 && (groups[6] ?? 0) !== 0))) forms.push(v4At(6));
  if (begins(0, 0, 0, 0, 0xffff, 0) || begins(0x64, 0xff9b)) forms.push(v4At(6));
  if (begins(0x2002)) forms.push(v4At(1));
  return forms;
}

/** The eight groups of an IPv6 address that `isIP` has accepted. */
export function groupsOf(address: string): number[] {
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${(Number(a) * 256 + Number(b)).toString(16)}:${(Number(c) * 256 + Number(d)).toString(16)}`);
  const [head = '', tail] = plain.split('::');
  const read = (text: string) => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const first = read(head);
  const last = tail === undefined ? [] : read(tail);
  return [...first, ...Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0), ...last];
}
