/**
 * The security baseline (B.11): nine rules about what was negotiated and shown. Pure.
 * `ignore` switches a rule off: it is looked at and shown, but counts neither for the verdict nor for the grade.
 */
import type { InspectedCertificate } from './certificateFacts.ts';
import { distrustedIn } from './distrustedAuthorities.ts';
import type { SecurityBaseline, Severity } from './schema.ts';
import { tlsRank } from './tlsVersions.ts';
import { isWeakCipher } from './weakCiphers.ts';

type RuleName = Exclude<keyof SecurityBaseline, 'enabled'>;

export interface BaselineFacts {
  tlsVersion: string;
  cipherSuite: string;
  /** As sent, the leaf first. */
  chain: readonly InspectedCertificate[];
  stapled: boolean;
  /** Signed certificate timestamps in the certificate or in the staple. */
  hasScts: boolean;
}

/** The grade never is a plain A: what other clients would be given is not looked at. */
export type JudgedBaseline = Partial<Record<RuleName, { violated: boolean; severity: Severity }>> & { verdict: 'pass' | 'warn' | 'fail'; grade: 'A-' | 'B' | 'F' };

/** One sentence for each violated rule that counts. */
export interface Violation { severity: 'fail' | 'degrade'; sentence: string }

/** Judges all rules; a baseline that is switched off judges none and passes. */
export function judgeBaseline(settings: SecurityBaseline, facts: BaselineFacts): { baseline: JudgedBaseline; violations: Violation[] } {
  if (!settings.enabled) return { baseline: { verdict: 'pass', grade: 'A-' }, violations: [] };
  const rules: Partial<Record<RuleName, { violated: boolean; severity: Severity }>> = {};
  const violations: Violation[] = [];
  for (const [name, look] of Object.entries(RULES) as [RuleName, Rule][]) {
    const { severity } = settings[name];
    const sentence = look(facts, settings);
    rules[name] = { violated: sentence !== null, severity };
    if (sentence !== null && severity !== 'ignore') violations.push({ severity, sentence: `${name}: ${sentence}` });
  }
  const fails = violations.some(({ severity }) => severity === 'fail');
  const warns = violations.length > 0;
  return { baseline: { ...rules, verdict: fails ? 'fail' : warns ? 'warn' : 'pass', grade: fails ? 'F' : warns ? 'B' : 'A-' }, violations };
}

/** What is wrong, or null. */
type Rule = (facts: BaselineFacts, settings: SecurityBaseline) => string | null;

const below = (version: string, least: string): string | null =>
  ((tlsRank(version) ?? 0) < (tlsRank(least) ?? 0) ? `${version} was negotiated, which is older than ${least}.` : null);

/** Elliptic curves of 256 bits are as strong as RSA keys of 3072: sizes of RSA are compared alone. */
function smaller({ chain: [leaf] }: BaselineFacts, least: number): string | null {
  if (leaf?.facts.keyAlgorithm !== 'RSA' || leaf.facts.keySizeBits >= least) return null;
  return `the RSA key has ${leaf.facts.keySizeBits} bits, fewer than ${least}.`;
}

const RULES: Record<RuleName, Rule> = {
  minTLSVersion: ({ tlsVersion }, { minTLSVersion }) => below(tlsVersion, minTLSVersion.value),
  minKeySizeBits: (facts, { minKeySizeBits }) => smaller(facts, minKeySizeBits.value),
  weakSignatureAlgorithm({ chain }) {
    // Nobody relies on the signature of a root: it is trusted for being there.
    const weak = chain.find(({ signature, facts }) => signature.weak && !facts.selfSigned);
    return weak ? `the certificate "${weak.facts.subjectCN}" is signed with ${weak.signature.name}.` : null;
  },
  weakCipherSuite: ({ cipherSuite }) => (isWeakCipher(cipherSuite) ? `${cipherSuite} was negotiated.` : null),
  knownBadCA({ chain }) {
    const found = distrustedIn(chain);
    return found ? `the chain leads to "${found.name}": ${found.why}.` : null;
  },
  recommendedTLSVersion: ({ tlsVersion }, { recommendedTLSVersion }) => below(tlsVersion, recommendedTLSVersion.value),
  recommendedKeySizeBits: (facts, { recommendedKeySizeBits }) => smaller(facts, recommendedKeySizeBits.value),
  ocspMustStapleRespected: ({ chain: [leaf], stapled }) => (leaf?.mustStaple && !stapled ? 'the certificate demands an OCSP staple, and none was sent.' : null),
  sctPresent: ({ hasScts }) => (hasScts ? null : 'there is no signed certificate timestamp.'),
};
