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
import { failedFirst, tryOfFile } from './markers.ts';
import type { Ran } from './useReport.ts';

/** So many are listed at once. */
const FIRST = 6;

interface Trace { address: string; name: string; size: number | null; title: string }

/** @param addresses signed ones, as the result has them. */
export function Traces({ result, addresses, ran }: { result: TestSessionResult; addresses: readonly string[]; ran: Ran }) {
  const files = useQuery(resultFilesQuery(result));
  if (addresses.length === 0) return null;
  const fileOf = (address: string) => files.data?.find((one) => isAddressOf(address, one));
  const traces = failedFirst(ran.suites, addresses, (address) => fileOf(address)?.name ?? '').flat().map((address): Trace => {
    const [file, found] = [fileOf(address), tryOfFile(ran.suites, fileOf(address)?.name ?? '', addresses.length === 1)];
    const name = file?.name ?? 'trace.zip';
    return { address, name, size: file?.size ?? null, title: found ? `${found.titles.join(' › ')}${found.one.retry > 0 ? ` (retry ${found.one.retry})` : ''}` : name };
  });
  return (
    <Section title={traces.length === 1 ? 'Trace' : 'Traces'} note="Every action with the page before and after it, its requests, its console.">
      <ul className="pw-traces">{traces.slice(0, FIRST).map((trace) => <TraceRow key={trace.address} trace={trace} />)}</ul>
      {traces.length > FIRST && <details className="pw-more"><summary>{traces.length - FIRST} more</summary><ul className="pw-traces">{traces.slice(FIRST).map((trace) => <TraceRow key={trace.address} trace={trace} />)}</ul></details>}
    </Section>
  );
}

function TraceRow({ trace: { address, name, size, title } }: { trace: Trace }) {
  const [open, setOpen] = useState(false);
  const of = <span className="visually-hidden"> of {title}</span>;
  return (
    <li>
      <span className="wrap" title={name}>{title}</span>{size !== null && <span className="muted">{sizeOf(size)}</span>}
      <span className="pw-trace-ways">
        <button type="button" className="button button-small" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Close it here' : 'Show it here'}{of}</button>
        <a className="button button-small" href={traceViewerPath(address)} target="_blank" rel="noreferrer">Open trace{of}<span className="visually-hidden"> in a new tab</span></a>
        <a className="button button-small" href={ownPath(address)} download>Download{of}</a>
      </span>
      {open && <iframe className="pw-viewer" title={`Trace viewer: ${title}`} src={traceViewerPath(address)} sandbox="allow-scripts allow-same-origin allow-downloads allow-popups" />}
    </li>
  );
}
