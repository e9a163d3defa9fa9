/** What went wrong, the first thing that a reader sees: message, place, the code around it; the stack folded away. */
import { CopyButton } from '../CopyButton.tsx';
import { Section } from '../Section.tsx';
import type { ShownError } from './detail.ts';

/** So many are open at once. */
const OPEN = 3;

export function Errors({ errors }: { errors: readonly ShownError[] }) {
  if (errors.length === 0) return null;
  return (
    <Section title={errors.length === 1 ? 'Error' : 'Errors'} note={errors.length > 1 ? String(errors.length) : undefined}>
      {errors.slice(0, OPEN).map((error, i) => <article key={i} className="pw-error"><Head error={error} /><Body error={error} /></article>)}
      {errors.slice(OPEN).map((error, i) => (
        <details key={i} className="pw-error">
          <summary><Head error={error} /><span className="mono pw-first clip">{error.message.split('\n')[0]}</span></summary>
          <Body error={error} />
        </details>
      ))}
    </Section>
  );
}

function Head({ error: { titles, project, retry, soft } }: { error: ShownError }) {
  if (titles.length === 0 && !soft) return null;
  return (
    <h3>
      {titles.join(' › ')}
      {project && project !== 'chromium' && <span className="tag">{project}</span>}{retry > 0 && <span className="tag">retry {retry}</span>}{soft && <span className="tag">soft: the test went on</span>}
    </h3>
  );
}

/** Playwright's message, cut before the log of its tries. */
const CALL_LOG = /\n\s*Call log:\n/;

function Body({ error: { message, place, snippet, stack } }: { error: ShownError }) {
  const [said = '', ...calls] = message.split(CALL_LOG);
  return (
    <>
      <pre className="pw-message" tabIndex={0} aria-label="Message">{said.trimEnd().split('\n').map((line, i) => <span key={i} className={kindOf(line, i)}>{line}{'\n'}</span>)}</pre>
      {(place || snippet) && (
        <div className="pw-frame">
          {place && <p className="pw-place"><span className="mono wrap">{place}</span><CopyButton text={place} /></p>}
          {snippet && <CodeFrame text={snippet} />}
        </div>
      )}
      {calls.length > 0 && <details className="pw-more"><summary>Call log</summary><pre tabIndex={0} aria-label="Call log">{calls.join('\n').trimEnd()}</pre></details>}
      {stack && <details className="pw-more"><summary>Stack</summary><pre tabIndex={0} aria-label="Stack">{stack}</pre></details>}
    </>
  );
}

/** What was wanted and what was there, as the assertion libraries print them. */
function kindOf(line: string, index: number): string | undefined {
  if (index === 0) return 'pw-first';
  if (/^\s*(?:Expected\b|- )/.test(line)) return 'pw-wanted';
  return /^\s*(?:Received\b|\+ )/.test(line) ? 'pw-got' : undefined;
}

/** The lines around a place; the one that is meant begins with `>`. */
function CodeFrame({ text }: { text: string }) {
  return (
    <pre className="pw-code" tabIndex={0} aria-label="Code around the place">
      {text.replace(/^\n+|\s+$/g, '').split('\n').map((line, i) => <span key={i} className={line.startsWith('>') ? 'pw-here' : /^\s*\|\s*\^/.test(line) ? 'pw-caret' : undefined}>{line}{'\n'}</span>)}
    </pre>
  );
}
