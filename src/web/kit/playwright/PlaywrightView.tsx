/** What Playwright left of a run, in the order in which a reader needs it: errors, tests and steps, how it looked, what the browser reported, how fast pages were, traces. */
import type { ResultViewProps } from '../detail.ts';
import { countsOf, errorsOf, momentsOf, problemsOf, textsOf, toldOf, visitsOf } from './detail.ts';
import { Errors } from './Errors.tsx';
import { Pictures } from './Pictures.tsx';
import { Problems } from './Problems.tsx';
import { Tests } from './Tests.tsx';
import { Traces } from './Traces.tsx';
import { useReport } from './useReport.ts';
import { Videos } from './Videos.tsx';
import { Vitals } from './Vitals.tsx';
import './playwright.css';

/** For BROWSER, MULTI_STEP and PLAYWRIGHT; what a type does not have is not there. */
export function PlaywrightView({ result, detail }: ResultViewProps) {
  const ran = useReport(result, detail);
  const visits = visitsOf(detail);
  return (
    <>
      <Errors errors={errorsOf(detail)} />
      <Tests ran={ran} counts={countsOf(detail)} />
      <Pictures result={result} addresses={textsOf(detail['jobAssets'])} />
      <Videos addresses={textsOf(detail['playwrightTestVideos'])} result={result} ran={ran} moments={momentsOf(detail)} />
      <Problems problems={problemsOf(detail)} told={toldOf(detail)} visited={visits.length > 0} startedAt={typeof detail['startTime'] === 'number' ? detail['startTime'] : null} />
      <Vitals visits={visits} />
      <Traces result={result} addresses={textsOf(detail['playwrightTestTraces'])} ran={ran} />
    </>
  );
}
