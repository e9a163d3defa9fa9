/** Traceroute checks: whether the target was reached, and each hop on the way with its round trips on one axis. */
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { HopTable, type Hop } from '../../web/kit/HopTable.tsx';
import { NoEvidence } from '../../web/kit/NoEvidence.tsx';
import { Problem, type Fault } from '../../web/kit/Problem.tsx';
import { Remark } from '../../web/kit/Remark.tsx';
import { Facts, Section } from '../../web/kit/Section.tsx';
import { spanOf } from '../../web/kit/times.tsx';

interface TraceResponse {
  resolvedIp?: string; totalHops?: number; destinationReached?: boolean; truncationReason?: string; maxHops?: number; hops?: Hop[]; error?: Fault;
  finalHopLatency?: { avg: number; min: number; max: number; stdDev: number };
}
interface TraceRequest { url?: string; protocol?: string; port?: number; ipFamily?: string; maxHops?: number; maxUnknownHops?: number; timeout?: number }
/** What `checks/traceroute/probe.ts` records. */
interface TraceDetail { assertions?: Assertion[] | null; request?: TraceRequest | null; response?: TraceResponse | null; requestError?: string | null; timingPhases?: { dns?: number } | null }

export default function TracerouteView({ result, detail }: ResultViewProps) {
  const { assertions, request, response, requestError, timingPhases } = detail as TraceDetail;
  if (!request || !response) return <NoEvidence result={result} />;
  const { hops = [], finalHopLatency: final, resolvedIp, error, destinationReached = false } = response;
  const missed = destinationReached || error || requestError ? null : whyNot(response, request);
  return (
    <>
      <Problem result={result} message={requestError ?? missed} fault={error} title={destinationReached ? undefined : 'The target was not reached'} />
      <Assertions list={assertions} />
      <Section title="Target">
        <Facts items={[
          ['Host', <span key="" className="mono">{request.url}</span>], ['Address', resolvedIp && <span className="mono">{resolvedIp}</span>], ['Over', `${request.protocol}${request.port ? ` port ${request.port}` : ''}`], ['Family', request.ipFamily],
          ['Resolved in', resolvedIp ? spanOf(timingPhases?.dns) : null], ['Reached in', destinationReached ? `${response.totalHops} ${response.totalHops === 1 ? 'hop' : 'hops'}` : null],
          ['Average', final && spanOf(final.avg)], ['Best', final && spanOf(final.min)], ['Worst', final && spanOf(final.max)], ['Deviation', final && spanOf(final.stdDev)],
        ]} />
      </Section>
      <Section title="Way" note={`${hops.length} ${hops.length === 1 ? 'hop' : 'hops'}`}>
        {hops.length === 0 ? <Remark>Nothing was traced.</Remark> : <HopTable hops={hops} reached={destinationReached} />}
      </Section>
    </>
  );
}

function whyNot({ truncationReason, hops = [] }: TraceResponse, { maxHops, maxUnknownHops, timeout }: TraceRequest): string {
  if (truncationReason === 'maxUnknownHops') return `${maxUnknownHops} hops in a row did not answer, at which the trace ends.`;
  if (truncationReason === 'timeout') return `The ${timeout} s of the check were over after ${hops.length} hops.`;
  if (truncationReason === 'maxHops') return `The target is further away than ${maxHops} hops, where the trace ends.`;
  return 'The trace ended before it had come to the target.';
}
