/** What the scripts around a request wrote, each phase by itself; shown unasked where one failed. */
import type { LogLine, PhasedLog } from './exchangeLog.ts';
import { Fold } from './Fold.tsx';
import { Section } from './Section.tsx';
import './ScriptLogs.css';

const PHASES = [['setup', 'Set-up'], ['teardown', 'Teardown']] as const;
const isBad = ({ level }: LogLine): boolean => level === 'ERROR' || level === 'FATAL';

/** @param failed a script kept the check from passing. Nothing for a check without scripts. */
export function ScriptLogs({ log, failed }: { log: PhasedLog | null | undefined; failed: boolean }) {
  const parts = PHASES.map(([phase, name]) => [name, log?.[phase] ?? []] as const).filter(([, lines]) => lines.length > 0);
  if (parts.length === 0) return null;
  return (
    <Section title="Scripts">
      {parts.map(([name, lines]) => (
        <Fold key={name} title={name} note={`${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`} open={failed || lines.some(isBad)}>
          <ol className="script-lines" tabIndex={0} aria-label={`${name} log`}>{lines.map((line, index) => <li key={index} className={`script-${line.level.toLowerCase()}`}><span>{line.level.toLowerCase()}</span><code className="wrap">{line.msg}</code></li>)}</ol>
        </Fold>
      ))}
    </Section>
  );
}
