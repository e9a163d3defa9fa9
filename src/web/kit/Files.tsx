/** All files that a result has left, of every kind, to download; traces open in their viewer, too. */
import { useQuery } from '@tanstack/react-query';
import type { ResultFile } from '../../contract/resultFiles.ts';
import type { TestSessionResult } from '../../contract/results.ts';
import { Section } from './Section.tsx';
import { Empty, Failure, Loading } from './states.tsx';
import { resultFilesQuery, traceViewerPath } from './resultFiles.ts';
import { sizeOf } from './sizes.ts';
import './files.css';

const KINDS: Readonly<Record<ResultFile['type'], string>> = {
  trace: 'Trace', video: 'Video', screenshot: 'Screenshot', pcap: 'Packets', report: 'Report', log: 'Log', file: 'File',
};
const ORDER = Object.keys(KINDS) as ResultFile['type'][];
/** So many are listed at once; a suite may leave thousands. */
const FIRST = 12;

/** For every check type. */
export function Files({ result }: { result: TestSessionResult }) {
  const files = useQuery(resultFilesQuery(result));
  const list = (files.data ?? []).toSorted((one, other) => ORDER.indexOf(one.type) - ORDER.indexOf(other.type));
  const total = list.reduce((sum, { size }) => sum + size, 0);
  return (
    <Section title="Files" note={list.length > 0 ? `${list.length}, ${sizeOf(total)} together` : undefined}>
      {files.error ? <Failure error={files.error} again={() => void files.refetch()} />
        : !files.data ? <Loading what="the files" />
          : list.length === 0 ? <Empty title={result.status === 'RUNNING' ? 'Files come with the end of the run.' : 'This run left no files, or they are kept no longer.'} />
            : <FileList list={list} />}
    </Section>
  );
}

function FileList({ list }: { list: readonly ResultFile[] }) {
  const [first, rest] = [list.slice(0, FIRST), list.slice(FIRST)];
  return (
    <>
      <ul className="files">{first.map((file) => <FileRow key={file.id} file={file} />)}</ul>
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} more {rest.length === 1 ? 'file' : 'files'}</summary>
          <ul className="files">{rest.map((file) => <FileRow key={file.id} file={file} />)}</ul>
        </details>
      )}
    </>
  );
}

function FileRow({ file: { name, type, size, url, holds } }: { file: ResultFile }) {
  return (
    <li>
      <span className="file-kind">{KINDS[type]}</span>
      <a className="mono wrap" href={url} download>{name}</a>
      {type === 'trace' && <a className="file-open" href={traceViewerPath(url)} target="_blank" rel="noreferrer">Open trace<span className="visually-hidden"> {name} in a new tab</span></a>}
      <span className="file-size muted number">{holds !== null && `${holds} files, `}{sizeOf(size)}</span>
    </li>
  );
}
