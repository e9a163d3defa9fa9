/** A check's settings with templates and defaults filled in (B.14), and the copy of them that a result shows. */
import type { ProbeContext } from '../kit/probe.ts';
import { isCredentialHeader, MASK } from '../kit/redact.ts';
import { cutText } from '../kit/storedBody.ts';
import { renderTemplate } from '../kit/template.ts';
import type { Question } from './conversation.ts';
import type { MetadataEntry } from './metadata.ts';
import { DEFAULT_TIMEOUT, type GrpcConfig, type GrpcSettings } from './schema.ts';

export interface Rendered {
  url: string;
  port: number;
  ipFamily: 'IPv4' | 'IPv6';
  skipSSL: boolean;
  /** Seconds. */
  timeout: number;
  grpcConfig: { tls: boolean; metadata: MetadataEntry[] } & (
    | { mode: 'HEALTH'; service: string }
    | { mode: 'BEHAVIOR'; serviceDefinition: 'REFLECTION' | 'PROTO_FILE'; method: string; message: string; protoContent?: string });
}

export function renderRequest({ request }: GrpcSettings, context: Pick<ProbeContext, 'env' | 'now'>): Rendered {
  const render = (text: string) => renderTemplate(text, context.env, context);
  const { url, port, ipFamily, skipSSL, timeout, grpcConfig } = request;
  const { tls } = grpcConfig;
  const metadata = grpcConfig.metadata.map(({ key, value }) => ({ key, value: render(value) }));
  return {
    url: render(url).trim(), port, ipFamily: ipFamily ?? 'IPv4', skipSSL, timeout: timeout ?? DEFAULT_TIMEOUT,
    grpcConfig: { tls, metadata, ...asked(grpcConfig, render) },
  };
}

function asked({ mode, service, serviceDefinition, method, message, protoContent }: GrpcConfig, render: (text: string) => string) {
  if (mode === 'HEALTH') return { mode: 'HEALTH' as const, service: service ?? '' };
  const own = serviceDefinition === 'PROTO_FILE';
  return {
    mode: 'BEHAVIOR' as const, serviceDefinition: own ? 'PROTO_FILE' as const : 'REFLECTION' as const,
    method: (method ?? '').replace(/^\//, ''), message: render(message ?? ''), ...(own ? { protoContent: protoContent ?? '' } : {}),
  };
}

export function questionOf({ grpcConfig }: Rendered): Question {
  if (grpcConfig.mode === 'HEALTH') return { mode: 'HEALTH', service: grpcConfig.service };
  const { method, message, protoContent } = grpcConfig;
  return { mode: 'BEHAVIOR', method, message, protoContent: protoContent ?? null };
}

/** The request as a result shows it: credentials among the metadata are masked, long texts are cut. */
export function shownRequest(request: Rendered): Rendered {
  const { grpcConfig } = request;
  const metadata = maskMetadata(grpcConfig.metadata);
  if (grpcConfig.mode === 'HEALTH') return { ...request, grpcConfig: { ...grpcConfig, metadata } };
  const { message, protoContent } = grpcConfig;
  const texts = { message: cutText(message).text, ...(protoContent === undefined ? {} : { protoContent: cutText(protoContent).text }) };
  return { ...request, grpcConfig: { ...grpcConfig, metadata, ...texts } };
}

/** Values under the names of credentials are nobody's business, whoever sent them (B.17). */
export function maskMetadata(metadata: readonly MetadataEntry[]): MetadataEntry[] {
  return metadata.map(({ key, value }) => ({ key, value: isCredentialHeader(key) ? MASK : value }));
}
