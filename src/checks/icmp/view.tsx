/** ICMP checks: every ping as a bar of its time, the lost ones told apart, and the numbers that the verdict rests on. */
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import { DataTable } from '../../web/kit/DataTable.tsx';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { Fold } from '../../web/kit/Fold.tsx';
import { NoEvidence } from '../../web/kit/NoEvidence.tsx';
import { PingBars, type Ping } from '../../web/kit/PingBars.tsx';
import { Problem, type Fault } from '../../web/kit/Problem.tsx';
import { Remark } from '../../web/kit/Remark.tsx';
import { Facts, Section } from '../../web/kit/Section.tsx';
import { spanOf } from '../../web/kit/times.tsx';

interface PingResult extends Ping { type?: number | null; code?: number | null; ttl?: number | null }
interface IcmpResponse {
  hostname?: string; resolvedIp?: string | null; ipFamily?: string; packetsSent?: number; packetsReceived?: number; packetSize?: number; packetLoss?: number; dnsResolutionTime?: number;
  latency?: { avg: number; min: number; max: number; stdDev: number }; pingResults?: PingResult[]; error?: Fault;
}
/** What `checks/icmp/probe.ts` records. */
interface IcmpDetail { assertions?: Assertion[] | null; request?: { hostname?: string; pingCount?: number } | null; response?: IcmpResponse | null; requestError?: string | null }

export default function IcmpView({ result, detail }: ResultViewProps) {
  const { assertions, request, response, requestError } = detail as IcmpDetail;
  if (!request || !response) return <NoEvidence result={result} />;
  const { pingResults: pings = [], error } = response;
  return (
    <>
      <Problem result={result} message={requestError} fault={error} />
      <Assertions list={assertions} />
      <Section title="Target">
        <Facts items={[
          ['Host', <span key="" className="mono">{request.hostname}</span>], ['Address', response.resolvedIp && <span className="mono">{response.resolvedIp}</span>], ['Family', response.ipFamily],
          ['Resolved in', response.resolvedIp ? spanOf(response.dnsResolutionTime) : null], ['Packet', response.packetSize && `${response.packetSize} bytes`],
        ]} />
      </Section>
      <Pings response={response} pings={pings} asked={request.pingCount} />
    </>
  );
}

function Pings({ response, pings, asked }: { response: IcmpResponse; pings: readonly PingResult[]; asked: number | undefined }) {
  const { packetsSent = 0, packetsReceived = 0, packetLoss, latency } = response;
  if (packetsSent === 0) return <Section title="Pings"><Remark>None of the {asked ?? ''} pings could be sent.</Remark></Section>;
  const answered = packetsReceived > 0 && latency;
  return (
    <Section title="Pings" note={<span className={packetsReceived < packetsSent ? 'mark-failed' : undefined}>{packetsReceived} of {packetsSent} came back</span>}>
      <PingBars pings={pings} />
      <Facts items={[
        ['Lost', <strong key="" className={packetLoss ? 'mark-failed' : undefined}>{packetLoss} %</strong>], ['Minimum', answered && spanOf(latency.min)], ['Average', answered && spanOf(latency.avg)],
        ['Maximum', answered && spanOf(latency.max)], ['Deviation', answered && spanOf(latency.stdDev)],
      ]} />
      <Fold title="Each ping" note={pings.length}>
        <DataTable
          columns={[{ name: 'Ping', number: true }, { name: 'Time', number: true }, { name: 'TTL', number: true }, { name: 'Answer' }]}
          rows={pings.map((ping) => [ping.sequence + 1, spanOf(ping.rtt), ping.ttl ?? '–', answerOf(ping)])}
        />
      </Fold>
    </Section>
  );
}

function answerOf({ success, type, code }: PingResult): string {
  if (success) return 'echo reply';
  return type === null || type === undefined ? 'none: lost' : `refused on the way (ICMP type ${type}, code ${code})`;
}
