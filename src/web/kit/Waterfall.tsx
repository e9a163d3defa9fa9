/** Where the time went: one bar a phase on one axis, with its numbers. */
import { AxisBar, AxisMarks, AxisTrack } from './Axis.tsx';
import type { Timeline } from './phasesOf.ts';
import { spanOf } from './times.tsx';
import './Waterfall.css';

export function Waterfall({ phases, total }: Timeline) {
  const end = Math.max(total, ...phases.map(({ from, took }) => from + took));
  return (
    <table className="waterfall">
      <thead><tr><th scope="col">Phase</th><th scope="col" className="number">Took</th><th scope="col"><span className="visually-hidden">When</span><AxisMarks end={end} /></th></tr></thead>
      <tbody>{phases.map(({ name, kind, from, took }) => (
        <tr key={name}>
          <th scope="row">{name}</th><td className="number">{spanOf(took)}</td>
          <td><AxisTrack end={end}>{took > 0 && <AxisBar from={from} to={from + took} end={end} kind={kind} title={`from ${spanOf(from)} to ${spanOf(from + took)}`} />}</AxisTrack></td>
        </tr>
      ))}</tbody>
      <tfoot><tr><th scope="row">Total</th><td className="number">{spanOf(total)}</td><td /></tr></tfoot>
    </table>
  );
}
