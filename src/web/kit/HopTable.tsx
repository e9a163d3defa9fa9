/** The hops of a trace: who answered, how long the round trips took (from the best to the worst, the average marked) and what was lost. */
import { AxisBar, AxisMarks, AxisTrack } from './Axis.tsx';
import { spanOf } from './times.tsx';
import './HopTable.css';

/** One router on the way (B.12). Times in ms, loss in per cent; `main_ip` null where nobody answered. */
export interface Hop {
  hop_number: number; main_ip: string | null; main_host?: string; sent: number; received: number; loss_percentage: number;
  rtt?: { avg_ms: number; best_ms: number; worst_ms: number };
}

/** @param reached the last hop is the target itself. */
export function HopTable({ hops, reached }: { hops: readonly Hop[]; reached: boolean }) {
  const end = Math.max(0, ...hops.map(({ rtt }) => rtt?.worst_ms ?? 0));
  return (
    <table className="hops">
      <thead>
        <tr>
          <th scope="col" className="number">Hop</th><th scope="col">Who answered</th><th scope="col" className="number">Average</th><th scope="col" className="number hops-wide">Best</th>
          <th scope="col" className="number hops-wide">Worst</th><th scope="col" className="number">Lost</th><th scope="col" className="hops-axis"><span className="visually-hidden">Round trips</span><AxisMarks end={end} /></th>
        </tr>
      </thead>
      <tbody>{hops.map((hop, index) => <Row key={hop.hop_number} hop={hop} end={end} target={reached && index === hops.length - 1} />)}</tbody>
    </table>
  );
}

function Row({ hop, end, target }: { hop: Hop; end: number; target: boolean }) {
  const { hop_number: number, main_ip: ip, main_host: name, sent, received, loss_percentage: loss, rtt } = hop;
  return (
    <tr className={target ? 'hop-target' : undefined}>
      <td className="number">{number}</td>
      <td>{ip === null ? <span className="muted">no answer</span> : <><code className="wrap">{ip}</code>{name && <span className="muted wrap"> {name}</span>}{target && <span className="hop-arrived mark-passed">the target</span>}</>}</td>
      <td className="number">{spanOf(rtt?.avg_ms)}</td><td className="number hops-wide">{spanOf(rtt?.best_ms)}</td><td className="number hops-wide">{spanOf(rtt?.worst_ms)}</td>
      <td className="number"><span className={loss > 0 ? 'mark-failed' : undefined} title={`${received} of ${sent} came back`}>{loss} %</span></td>
      <td className="hops-axis"><AxisTrack end={end}>{rtt && <>
        <AxisBar from={rtt.best_ms} to={rtt.worst_ms} end={end} kind="range" title={`${spanOf(rtt.best_ms)} to ${spanOf(rtt.worst_ms)}`} /><AxisBar from={rtt.avg_ms} to={rtt.avg_ms} end={end} kind="average" title={`average ${spanOf(rtt.avg_ms)}`} />
      </>}</AxisTrack></td>
    </tr>
  );
}
