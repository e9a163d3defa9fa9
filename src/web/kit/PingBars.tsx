/** Pings in the order in which they were sent: a bar as high as the time it took, and a cross where none came back. */
import { spanOf } from './times.tsx';
import './PingBars.css';

/** `sequence` from 0; `rtt` in ms, null for a lost one. */
export interface Ping { sequence: number; success: boolean; rtt: number | null }

export function PingBars({ pings }: { pings: readonly Ping[] }) {
  const highest = Math.max(0, ...pings.map(({ rtt }) => rtt ?? 0));
  return (
    <div className="pings" style={{ width: `${pings.length * 2.4}rem` }}>
      <span className="pings-top muted" aria-hidden="true">{highest > 0 && spanOf(highest)}</span>
      <ol className="pings-bars" aria-label="Time of each ping">
        {pings.map(({ sequence, success, rtt }) => {
          const words = success ? spanOf(rtt) : 'lost';
          return (
            <li key={sequence} title={`Ping ${sequence + 1}: ${words}`} className={success ? undefined : 'ping-lost'}>
              {success ? <span className="ping-bar" style={{ height: `${highest > 0 ? Math.max(3, (100 * (rtt ?? 0)) / highest) : 3}%` }} /> : <svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2 2l8 8M10 2l-8 8" /></svg>}
              <span className="visually-hidden">Ping {sequence + 1}: {words}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
