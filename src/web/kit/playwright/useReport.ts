/** The tree of what ran: Playwright's report where the run left one, with the steps that the job log knows; else what the job log tells alone. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { TestSessionResult } from '../../../contract/results.ts';
import { request } from '../../api/request.ts';
import type { Detail } from '../detail.ts';
import { isAddressOf, ownPath, resultFilesQuery } from '../resultFiles.ts';
import { loggedTestsOf, withLoggedSteps } from './loggedSteps.ts';
import { readReport, type Step, type Suite } from './report.ts';

/** Bytes of a report that a page reads: reading is what it does between two frames. */
const LARGEST = 24_000_000;

export interface Ran {
  suites: readonly Suite[];
  /** Of a script without tests. */
  loose: readonly Step[];
  state: 'loading' | 'there' | 'none' | 'too large';
  error: Error | null;
}

export function useReport(result: TestSessionResult, detail: Detail): Ran {
  const address = typeof detail['playwrightTestJsonReportFile'] === 'string' ? detail['playwrightTestJsonReportFile'] : null;
  const files = useQuery({ ...resultFilesQuery(result), enabled: address !== null });
  const size = address === null ? undefined : files.data?.find((file) => isAddressOf(address, file))?.size;
  const tooLarge = (size ?? 0) > LARGEST;
  const report = useQuery({
    queryKey: ['report', result.testSessionResultId], staleTime: Infinity, structuralSharing: false, enabled: address !== null && !tooLarge && !files.isPending,
    queryFn: async ({ signal }) => readReport(await request<unknown>(ownPath(address ?? ''), { signal })),
  });
  const log = detail['jobLog'];
  const logged = useMemo(() => loggedTestsOf(log), [log]);
  const suites = useMemo(() => withLoggedSteps(report.data ?? [], logged), [report.data, logged]);
  return {
    suites, loose: logged.find(({ name }) => name === '')?.steps ?? [], error: report.error,
    state: address === null ? 'none' : tooLarge ? 'too large' : report.data ? 'there' : report.error ? 'none' : 'loading',
  };
}
