/** Settings of a gRPC monitor (B.12), and the rules a schema cannot say. */
import { Type } from 'typebox';
import { Nullable, OneOf, type Static } from '../../contract/base.ts';
import { responseTimeRule } from '../kit/limits.ts';
import { Assertion, CheckFields, Hostname, IpFamily, Port, responseTimeLimits } from '../kit/schemas.ts';
import { metadataKeyFault } from './metadata.ts';

/** A text that may be left out; null and the empty text are no text, as in what the public contract reads back. */
const Text = (maxLength?: number) => Type.Optional(Nullable(Type.String(maxLength === undefined ? {} : { maxLength })));

const GrpcMetadata = Type.Object({
  key: Type.String({ minLength: 1, maxLength: 256 }),
  value: Type.String({ maxLength: 8_192, default: '' }),
});

const GrpcConfig = Type.Object({
  mode: OneOf(['BEHAVIOR', 'HEALTH'], { default: 'BEHAVIOR' }),
  tls: Type.Boolean({ default: true }),
  metadata: Type.Array(GrpcMetadata, { maxItems: 50, default: [] }),
  /** REFLECTION in BEHAVIOR mode when there is none; a default here would stand in HEALTH mode, too, where none is allowed. */
  serviceDefinition: Type.Optional(Nullable(OneOf(['REFLECTION', 'PROTO_FILE', '']))),
  /** Source text of one .proto file. */
  protoContent: Text(),
  /** `package.Service/Method`. */
  method: Text(1_024),
  /** JSON text. */
  message: Text(),
  /** Asked about in HEALTH mode; empty: the whole server. */
  service: Text(1_024),
  encoding: Type.Optional(Nullable(OneOf(['PROTOBUF', 'FLATBUFFERS', '']))),
});

export const DEFAULT_TIMEOUT = 60;

const GrpcRequest = Type.Object({
  url: Hostname,
  port: Port,
  /** null means the default, as in the public contract. */
  ipFamily: Type.Union([IpFamily, Type.Null()], { default: 'IPv4' }),
  skipSSL: Type.Boolean({ default: false }),
  /** Seconds for everything: name, connection, discovery of the method, call. */
  timeout: Type.Union([Type.Integer({ minimum: 1, maximum: 180 }), Type.Null()], { default: DEFAULT_TIMEOUT }),
  grpcConfig: GrpcConfig,
  assertions: Type.Array(
    Assertion(['RESPONSE_TIME', 'GRPC_RESPONSE', 'TEXT_BODY', 'GRPC_METADATA', 'GRPC_HEALTHCHECK_STATUS', 'GRPC_STATUS_CODE']), { default: [] },
  ),
});

const DEFAULT_LIMITS = { degraded: 10_000, max: 20_000 };

export const GrpcSettings = Type.Object({
  ...CheckFields.properties,
  request: GrpcRequest,
  ...responseTimeLimits({ ...DEFAULT_LIMITS, maximum: 180_000 }),
}, { additionalProperties: true });
export type GrpcSettings = Static<typeof GrpcSettings>;
export type GrpcConfig = Static<typeof GrpcConfig>;

const AT = 'request.grpcConfig';
/** The dots of the package, one slash; one more in front is accepted. */
const METHOD = /^\/?[A-Za-z_][\w.]*\/[A-Za-z_]\w*$/;

/** The first broken rule as a sentence that names the field, or null. */
export function checkRules({ request, ...limits }: GrpcSettings): string | null {
  const { grpcConfig, assertions } = request;
  const mode = grpcConfig.mode === 'HEALTH' ? healthRule(grpcConfig) : behaviorRule(grpcConfig);
  if (mode !== null) return mode;
  if (grpcConfig.encoding === 'FLATBUFFERS') return `${AT}.encoding must be PROTOBUF: messages in FLATBUFFERS are not supported.`;
  for (const [index, { key }] of grpcConfig.metadata.entries()) {
    const fault = metadataKeyFault(key);
    if (fault !== null) return `${AT}.metadata[${index}].key ${fault}.`;
  }
  return healthTargetRule(assertions) ?? responseTimeRule(limits, DEFAULT_LIMITS);
}

function behaviorRule({ method, service, serviceDefinition, protoContent }: GrpcConfig): string | null {
  if (!method) return `${AT}.method is required when ${AT}.mode is BEHAVIOR.`;
  if (!METHOD.test(method)) return `${AT}.method must be given as package.Service/Method.`;
  if (service) return `${AT}.service is allowed only when ${AT}.mode is HEALTH.`;
  if (serviceDefinition === 'PROTO_FILE' && !protoContent?.trim()) return `${AT}.protoContent is required when ${AT}.serviceDefinition is PROTO_FILE.`;
  return null;
}

function healthRule({ method, serviceDefinition }: GrpcConfig): string | null {
  if (method) return `${AT}.method is not allowed when ${AT}.mode is HEALTH.`;
  return serviceDefinition ? `${AT}.serviceDefinition is not allowed when ${AT}.mode is HEALTH.` : null;
}

/** A label such as SERVING could never be equal to the number that is compared. Variables are seen when the check runs. */
function healthTargetRule(assertions: GrpcSettings['request']['assertions']): string | null {
  const wrong = assertions.findIndex(({ source, comparison, target }) => source === 'GRPC_HEALTHCHECK_STATUS'
    && (comparison === 'EQUALS' || comparison === 'NOT_EQUALS') && !/^\s*[0-3]\s*$|\{\{/.test(String(target)));
  if (wrong < 0) return null;
  return `request.assertions[${wrong}].target must be 0 (UNKNOWN), 1 (SERVING), 2 (NOT_SERVING) or 3 (SERVICE_UNKNOWN) for the source GRPC_HEALTHCHECK_STATUS.`;
}
