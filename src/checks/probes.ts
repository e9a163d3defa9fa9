/** Registry two: the function that executes a check type; null where this version has none. The compiler keeps it complete. */
import type { CheckType } from '../contract/checkTypes.ts';
import { probeApi } from './api/probe.ts';
import { probeBrowser } from './browser/probe.ts';
import { probeDns } from './dns/probe.ts';
import { probeGrpc } from './grpc/probe.ts';
import { probeIcmp } from './icmp/probe.ts';
import type { Probe } from './kit/probe.ts';
import { probeMultiStep } from './multistep/probe.ts';
import { probePlaywright } from './playwright/probe.ts';
import { probeSsl } from './ssl/probe.ts';
import { probeTcp } from './tcp/probe.ts';
import { probeTraceroute } from './traceroute/probe.ts';
import { probeUrl } from './url/probe.ts';

export const PROBES = {
  API: probeApi, URL: probeUrl, TCP: probeTcp, DNS: probeDns, ICMP: probeIcmp,
  BROWSER: probeBrowser, MULTI_STEP: probeMultiStep, PLAYWRIGHT: probePlaywright, AGENTIC: null, SSL: probeSsl, GRPC: probeGrpc, TRACEROUTE: probeTraceroute, HEARTBEAT: null,
} satisfies Record<CheckType, Probe<never> | null>;
