/** gRPC checks: why there is no answer, the assertions, the call with its status, the message and the metadata of both sides. */
import { GRPC_STATUS_NAMES } from '../../contract/grpcStatus.ts';
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import { BodyView } from '../../web/kit/BodyView.tsx';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { Fold } from '../../web/kit/Fold.tsx';
import { HeaderTable, type Pair } from '../../web/kit/HeaderTable.tsx';
import { NoEvidence } from '../../web/kit/NoEvidence.tsx';
import { inARow } from '../../web/kit/phasesOf.ts';
import { Problem, type Fault } from '../../web/kit/Problem.tsx';
import { Remark } from '../../web/kit/Remark.tsx';
import { Facts, Section } from '../../web/kit/Section.tsx';
import { Waterfall } from '../../web/kit/Waterfall.tsx';

interface Entry { key: string; value: string }
interface GrpcRequest {
  url?: string; port?: number; ipFamily?: string; skipSSL?: boolean; timeout?: number;
  grpcConfig?: { tls?: boolean; metadata?: Entry[]; mode?: string; service?: string; serviceDefinition?: string; method?: string; message?: string; protoContent?: string };
}
interface GrpcResponse {
  resolvedIp?: string; grpcMethod?: string; responseMessage?: string; truncated?: boolean; grpcStatusCode?: number; grpcStatusMessage?: string; healthStatusLabel?: string;
  metadata?: Entry[] | null; discoveredMethods?: string[] | null; error?: Fault; timingPhases?: { dns?: number; connect?: number; total?: number } | null;
}
/** What `checks/grpc/verdict.ts` records. */
interface GrpcDetail { assertions?: Assertion[] | null; request?: GrpcRequest | null; response?: GrpcResponse | null; requestError?: string | null }

export default function GrpcView({ result, detail }: ResultViewProps) {
  const { assertions, request, response, requestError } = detail as GrpcDetail;
  if (!request) return <NoEvidence result={result} />;
  const { dns = 0, connect = 0, total = 0 } = response?.timingPhases ?? {};
  const answered = response?.grpcStatusCode !== undefined;
  const call = answered ? [['Call', 'answer', Math.max(0, total - dns - connect)] as const] : [];
  return (
    <>
      <Problem result={result} message={requestError} fault={response?.error} title={requestError && !response?.error ? 'The call could not be made' : undefined} />
      <Assertions list={assertions} />
      <Call request={request} response={response ?? {}} />
      {total > 0 && <Section title="Timing"><Waterfall total={total} phases={inARow([['DNS', 'dns', dns], [request.grpcConfig?.tls ? 'TCP and TLS' : 'TCP connect', 'connect', connect], ...call])} /></Section>}
      {answered && <Response response={response ?? {}} />}
      <Request request={request} />
    </>
  );
}

const pairsOf = (metadata: readonly Entry[] | null | undefined): Pair[] => (metadata ?? []).map(({ key, value }) => [key, value]);

function Call({ request, response }: { request: GrpcRequest; response: GrpcResponse }) {
  const { grpcConfig = {}, url, port, ipFamily } = request;
  const { grpcStatusCode: code, grpcStatusMessage: message, healthStatusLabel: health, discoveredMethods } = response;
  const [service = '', method = ''] = (response.grpcMethod ?? grpcConfig.method ?? '').split('/');
  const name = code === undefined ? undefined : GRPC_STATUS_NAMES[code];
  return (
    <Section title="Call" note={code !== undefined && <code className={code === 0 ? 'mark-passed' : 'mark-failed'}><strong>{code} {name ?? '(no code of gRPC)'}</strong></code>}>
      {code !== undefined && message && message !== name && <p className="wrap call-said">{message}</p>}
      <Facts items={[
        ['Service', <span key="" className="mono wrap">{service}</span>], ['Method', <span key="" className="mono wrap">{method}</span>],
        ['Health', health && <strong className={health === 'SERVING' ? 'mark-passed' : 'mark-failed'}>{health}</strong>],
        ['Asked about', grpcConfig.mode === 'HEALTH' ? (grpcConfig.service ? <span className="mono">{grpcConfig.service}</span> : 'the whole server') : null],
        ['Host', <span key="" className="mono">{url} port {port}</span>], ['Address', response.resolvedIp && <span className="mono">{response.resolvedIp}</span>], ['Family', ipFamily],
        ['TLS', grpcConfig.tls ? (request.skipSSL ? 'yes, not verified' : 'yes') : 'no'], ['Definition', grpcConfig.serviceDefinition === 'PROTO_FILE' ? 'of the check' : grpcConfig.serviceDefinition && 'by server reflection'],
      ]} />
      {discoveredMethods && discoveredMethods.length > 0 && <Fold title="Methods that were found" note={discoveredMethods.length}><ul className="methods">{discoveredMethods.map((one) => <li key={one}><code className="wrap">{one}</code></li>)}</ul></Fold>}
    </Section>
  );
}

function Response({ response }: { response: GrpcResponse }) {
  const metadata = pairsOf(response.metadata);
  return (
    <Section title="Response">
      {response.responseMessage === undefined ? <Remark>No message.</Remark> : <BodyView text={response.responseMessage} label="Response message" contentType="message as JSON" truncated={response.truncated} />}
      {metadata.length > 0 && <Fold title="Metadata" note={metadata.length} open><HeaderTable label="Response metadata" pairs={metadata} /></Fold>}
    </Section>
  );
}

function Request({ request: { grpcConfig = {} } }: { request: GrpcRequest }) {
  const { message, protoContent } = grpcConfig;
  const metadata = pairsOf(grpcConfig.metadata);
  if (!message && metadata.length === 0 && !protoContent) return null;
  return (
    <Section title="Request">
      {message && <BodyView text={message} label="Request message" contentType="message as JSON" />}
      {metadata.length > 0 && <Fold title="Metadata" note={metadata.length} open><HeaderTable label="Request metadata" pairs={metadata} /></Fold>}
      {protoContent && <Fold title="Definition" note="of the check"><BodyView text={protoContent} label="Definition" contentType="Protocol Buffers" /></Fold>}
    </Section>
  );
}
