/** TCP checks: why there is no connection, the assertions, the connection with its times, and what went over it as text and as bytes. */
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { WireText } from '../../web/kit/HexDump.tsx';
import { NoEvidence } from '../../web/kit/NoEvidence.tsx';
import { inARow, type Phase } from '../../web/kit/phasesOf.ts';
import { Problem, type Fault } from '../../web/kit/Problem.tsx';
import { Remark } from '../../web/kit/Remark.tsx';
import { Facts, Section } from '../../web/kit/Section.tsx';
import { spanOf } from '../../web/kit/times.tsx';
import { Waterfall } from '../../web/kit/Waterfall.tsx';

interface TcpRequest { hostname?: string; port?: number; ipFamily?: string; data?: string | null }
interface TcpResponse { resolvedIp?: string; data?: string; truncated?: boolean; error?: Fault; timingPhases?: { dns?: number; connect?: number; data?: number; total?: number } }
/** What `checks/tcp/probe.ts` records. */
interface TcpDetail { assertions?: Assertion[] | null; request?: TcpRequest | null; response?: TcpResponse | null; requestError?: string | null }

/** Of a connection that failed only what was measured: how long it waited for the refusal is not. */
function phasesOf({ dns = 0, connect = 0, data = 0 }: NonNullable<TcpResponse['timingPhases']>, connected: boolean): Phase[] {
  return inARow([['DNS', 'dns', dns], ['TCP connect', 'connect', connect], ['Data', 'data', data]]).filter(({ took }) => connected || took > 0);
}

export default function TcpView({ result, detail }: ResultViewProps) {
  const { assertions, request, response, requestError } = detail as TcpDetail;
  if (!request) return <NoEvidence result={result} />;
  const { hostname, port, ipFamily, data } = request;
  const { resolvedIp, error, timingPhases } = response ?? {};
  const connected = response !== undefined && response !== null && !error;
  return (
    <>
      <Problem result={result} message={requestError} fault={error} />
      <Assertions list={assertions} />
      <Section title="Connection">
        <Facts items={[
          ['Host', <span key="" className="mono">{hostname}</span>], ['Port', port], ['Family', ipFamily], ['Address', resolvedIp && <span className="mono">{resolvedIp}</span>],
          ['Connected in', connected ? spanOf(timingPhases?.connect) : null],
        ]} />
      </Section>
      {timingPhases && (timingPhases.total ?? 0) > 0 && (
        <Section title="Timing">
          <Waterfall total={timingPhases.total ?? 0} phases={phasesOf(timingPhases, connected)} />
        </Section>
      )}
      {(data || connected) && (
        <Section title="Data">
          {data ? <WireText title={connected ? 'Sent' : 'To be sent'} text={data} /> : <Remark>The check sends nothing.</Remark>}
          {connected && <WireText title="Received" text={response.data ?? ''} truncated={response.truncated} />}
        </Section>
      )}
    </>
  );
}
