/** What a result has left, asked for once: the list of files, and what follows from their signed addresses. */
import { queryOptions } from '@tanstack/react-query';
import type { ResultFile, ResultFiles } from '../../contract/resultFiles.ts';
import type { TestSessionResult } from '../../contract/results.ts';
import { request } from '../api/request.ts';

/** Links are good for a day; files of a run that is over stay as they are. */
const SETTLED_MS = 3_600_000;

/** The same address on the server that this page came from: the content policy lets pages load from nowhere else, whatever name the server has. */
export function ownPath(address: string): string {
  const { pathname, search } = new URL(address, location.href);
  return pathname + search;
}

/** The files of a result. Its link is the page's address, and their list stands beside it. */
export const resultFilesQuery = (result: TestSessionResult) => queryOptions({
  queryKey: ['files', result.testSessionResultId, result.status],
  queryFn: async ({ signal }): Promise<ResultFile[]> => (await request<ResultFiles>(`/web${new URL(result.testSessionResultLink).pathname}/files`, { signal })).files,
  staleTime: result.status === 'RUNNING' ? 0 : SETTLED_MS,
});

/** Whether a signed address leads to that file: it names the file's id. */
export const isAddressOf = (address: string, { id }: ResultFile): boolean => new URL(address, location.href).pathname.split('/').includes(id);

/** Where the viewer of traces shows one. @param address of the trace. */
export const traceViewerPath = (address: string): string => `/trace-viewer/?trace=${encodeURIComponent(new URL(ownPath(address), location.href).href)}`;
