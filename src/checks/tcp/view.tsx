/** TCP checks: why there is no connection, the assertions, the connection with its times, and what went over it as text and as bytes. */
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { WireText } from '../../web/kit/HexDump.tsx';
import { NoEvidence } from '../../web/kit/NoEvidence.tsx';
import { inARow } from '../../web/kit/phasesOf.ts';
import { Problem, type Fault } from '../../web/kit/Problem.tsx';
import { Facts, Section } from '../../web/kit/Section.tsx';
import { spanOf } from '../../web/kit/times.tsx';
import { Waterfall } from '../../web/kit/Waterfall.tsx';

interface TcpRequest { hostname?: string; port?: number; ipFamily?: string; data?: string | null }
interface TcpResponse { resolvedIp?: string; data?: string; truncated?: boolean; error?: Fault; timingPhases?: { dns?: number; connect?: number; data?: number; total?: number } }
/** What `checks/tcp/probe.ts` records. */
interface TcpDetail { assertions?: Assertion[] | null; request?: TcpRequest | null; response?: TcpResponse | null; requestError?: string | null }

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
      {timingPhases && (
        <Section title="Timing">
          <Waterfall total={timingPhases.total ?? 0} phases={inARow([
            ['DNS', 'dns', timingPhases.dns ?? 0], ['TCP connect', 'connect', timingPhases.connect ?? 0], ['Data', 'data', timingPhases.data ?? 0],
          ])} />
        </Section>
      )}
      {(data || connected) && (
        <Section title="Data">
          {data ? <WireText title={connected ? 'Sent' : 'To be sent'} text={data} /> : <p className="muted">The check sends nothing.</p>}
          {connected && <WireText title="Received" text={response.data ?? ''} truncated={response.truncated} />}
        </Section>
      )}
    </>
  );
}
