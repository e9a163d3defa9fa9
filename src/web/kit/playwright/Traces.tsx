/**
 * Traces: opened in the viewer, in a tab of its own or here. What a trace shows is users' content: it is shown by the viewer's own page, under
 * a content policy that lets it load from this server alone and be framed by it alone.
 */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { TestSessionResult } from '../../../contract/results.ts';
import { isAddressOf, ownPath, resultFilesQuery, traceViewerPath } from '../resultFiles.ts';
import { Section } from '../Section.tsx';
import { sizeOf } from '../sizes.ts';

/** @param addresses signed ones, as the result has them. */
export function Traces({ result, addresses }: { result: TestSessionResult; addresses: readonly string[] }) {
  const files = useQuery(resultFilesQuery(result));
  const [open, setOpen] = useState<string | null>(null);
  if (addresses.length === 0) return null;
  return (
    <Section title={addresses.length === 1 ? 'Trace' : 'Traces'} note="Every action with the page before and after it, its requests, its console.">
      <ul className="pw-traces">
        {addresses.map((address) => {
          const file = files.data?.find((one) => isAddressOf(address, one));
          const name = file?.name ?? 'trace.zip';
          return (
            <li key={address}>
              <span className="mono wrap">{name}</span>{file && <span className="muted">{sizeOf(file.size)}</span>}
              <span className="pw-trace-ways">
                <button type="button" className="button button-small" aria-expanded={open === address} onClick={() => setOpen(open === address ? null : address)}>{open === address ? 'Close it here' : 'Show it here'}<span className="visually-hidden"> {name}</span></button>
                <a className="button button-small" href={traceViewerPath(address)} target="_blank" rel="noreferrer">Open trace<span className="visually-hidden"> {name} in a new tab</span></a>
                <a className="button button-small" href={ownPath(address)} download>Download<span className="visually-hidden"> {name}</span></a>
              </span>
              {open === address && <iframe className="pw-viewer" title={`Trace viewer: ${name}`} src={traceViewerPath(address)} sandbox="allow-scripts allow-same-origin allow-downloads allow-popups" />}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
