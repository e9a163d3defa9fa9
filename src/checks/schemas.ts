/**
 * Registry one: what each check type is to the door and to the engine. The compiler keeps it complete.
 * Adding a check type: a folder with a schema and a probe, one line here, one in probes.ts.
 */
import { Type, type TSchema } from 'typebox';
import type { CheckType } from '../contract/checkTypes.ts';
import type { Weight } from '../protocol/assignment.ts';
import { ApiSettings, checkRules as apiRules } from './api/schema.ts';
import { BrowserSettings, checkRules as browserRules } from './browser/schema.ts';
import { DnsSettings, checkRules as dnsRules } from './dns/schema.ts';
import { GrpcSettings, checkRules as grpcRules } from './grpc/schema.ts';
import { IcmpSettings, checkRules as icmpRules } from './icmp/schema.ts';
import { MultiStepSettings, checkRules as multiStepRules } from './multistep/schema.ts';
import { PlaywrightSettings, checkRules as playwrightRules } from './playwright/schema.ts';
import { SslSettings, checkRules as sslRules } from './ssl/schema.ts';
import { TcpSettings, checkRules as tcpRules } from './tcp/schema.ts';
import { TracerouteSettings, checkRules as tracerouteRules } from './traceroute/schema.ts';
import { UrlSettings, checkRules as urlRules } from './url/schema.ts';

/** The key of the public result that holds what a run of the type left (A.5). */
export type ResultKey = 'apiCheckResult' | 'browserCheckResult' | 'multiStepCheckResult' | 'playwrightCheckResult' | 'agenticCheckResult'
  | 'sslCheckResult' | 'grpcCheckResult' | 'tracerouteCheckResult';

export interface CheckKind {
  /** The check as it comes through the door; defaults are filled in from it. */
  schema: TSchema;
  /** Rules between fields: a sentence that names the field and the rule, or null. */
  rules: (settings: never) => string | null;
  weight: Weight;
  /** Whether this version runs it; what is not run ends with a `scheduleError` that says so. */
  runs: boolean;
  resultKey: ResultKey | null;
  /** API and URL logs have the parts setup, request, teardown; all others are one list (cli-wire 6). */
  phasedLog: boolean;
}

const notRun = (resultKey: ResultKey | null, weight: Weight): CheckKind => ({
  schema: Type.Object({}, { additionalProperties: true }), rules: () => null, weight, runs: false, resultKey, phasedLog: false,
});
const light = (schema: TSchema, rules: CheckKind['rules'], phasedLog: boolean, resultKey: ResultKey = 'apiCheckResult'): CheckKind => ({
  schema, rules, weight: 'light', runs: true, resultKey, phasedLog,
});
const heavy = (schema: TSchema, rules: CheckKind['rules'], resultKey: ResultKey): CheckKind => ({
  schema, rules, weight: 'heavy', runs: true, resultKey, phasedLog: false,
});

export const CHECK_KINDS = {
  API: light(ApiSettings, apiRules, true),
  URL: light(UrlSettings, urlRules, true),
  TCP: light(TcpSettings, tcpRules, false),
  DNS: light(DnsSettings, dnsRules, false),
  ICMP: light(IcmpSettings, icmpRules, false),
  BROWSER: heavy(BrowserSettings, browserRules, 'browserCheckResult'),
  MULTI_STEP: heavy(MultiStepSettings, multiStepRules, 'multiStepCheckResult'),
  PLAYWRIGHT: heavy(PlaywrightSettings, playwrightRules, 'playwrightCheckResult'),
  AGENTIC: notRun('agenticCheckResult', 'heavy'),
  SSL: light(SslSettings, sslRules, false, 'sslCheckResult'),
  GRPC: light(GrpcSettings, grpcRules, false, 'grpcCheckResult'),
  TRACEROUTE: light(TracerouteSettings, tracerouteRules, false, 'tracerouteCheckResult'),
  HEARTBEAT: notRun(null, 'light'),
} satisfies Record<CheckType, CheckKind>;

export const kindOf = (type: CheckType): CheckKind => CHECK_KINDS[type];
