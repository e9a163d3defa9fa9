/** Runs the gRPC probe for a test: settings with their defaults, and what is looked at in its outcome. */
import { Value } from 'typebox/value';
import type { NetworkFault } from '../../src/checks/kit/dial.ts';
import type { Net, ProbeContext, ProbeOutcome } from '../../src/checks/kit/probe.ts';
import { createGrpcProbe } from '../../src/checks/grpc/probe.ts';
import { GrpcSettings } from '../../src/checks/grpc/schema.ts';
import { probeContext } from '../httpTargets.ts';

/** A call without TLS to the method of the shop that answers. */
export const GET = { tls: false, method: 'shop.v1.Shop/Get' };

export function settings(request: object, extra: object = {}): GrpcSettings {
  const filled = Value.Default(GrpcSettings, { name: 'grpc', logicalId: 'grpc', request: { url: '127.0.0.1', ...request }, ...extra });
  Value.Assert(GrpcSettings, filled);
  return filled;
}

type Given = Partial<Omit<ProbeContext, 'net'>> & { net?: Partial<Net> };
/** @param secondMs how long a second of the check's timeout is. */
export async function run(request: object, context: Given = {}, extra: object = {}, secondMs = 1_000): Promise<ProbeOutcome> {
  return createGrpcProbe({ secondMs })(settings(request, extra), probeContext(context));
}

interface ShownResponse {
  responseMessage?: string; truncated?: boolean; resolvedIp?: string; grpcMethod: string; grpcStatusCode?: number; grpcStatusMessage?: string;
  healthStatusLabel?: string; metadata?: { key: string; value: string }[]; discoveredMethods: string[]; timingPhases: Record<string, number>;
  error?: NetworkFault; requestError: string | null;
}
export const responseOf = (outcome: ProbeOutcome) => outcome.detail['response'] as ShownResponse;
export const errorsOf = (outcome: ProbeOutcome) => (outcome.detail['assertions'] as { error?: string | null }[]).map(({ error }) => error);
export const assertion = (source: string, comparison: string, target: string, property = '') => ({ source, comparison, target, property });
