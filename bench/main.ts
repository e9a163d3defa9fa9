/** `npm run bench`: measures Assay beside its peers on this machine and prints a table. */
import { parseArgs } from 'node:util';
import type { Pace } from './measure.ts';
import { assets } from './rows/assets.ts';
import { browserChecks } from './rows/browserChecks.ts';
import { captures } from './rows/captures.ts';
import { endToEnd } from './rows/endToEnd.ts';
import { grouping } from './rows/grouping.ts';
import { longLogs } from './rows/longLog.ts';
import { pageViews } from './rows/pageViews.ts';
import { httpProbes, tcpProbes } from './rows/probes.ts';
import { setupScripts } from './rows/setupScripts.ts';
import { resultReads } from './rows/resultReads.ts';
import { storedResults } from './rows/storedResults.ts';
import { suites } from './rows/suites.ts';
import { wholePipeline } from './rows/wholePipeline.ts';
import { renderTable, type Line } from './table.ts';

const ROWS: Record<string, (pace: Pace) => Promise<Line[]>> = {
  http: httpProbes, tcp: tcpProbes, pipeline: wholePipeline, capture: captures, reads: resultReads, stored: storedResults, single: endToEnd, scripts: setupScripts,
  browser: browserChecks, suites, assets, grouping, log: longLogs, pages: pageViews,
};

const HELP = `npm run bench [-- --quick] [-- --only ${Object.keys(ROWS).join('|')}]`;
const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string', multiple: true }, help: { type: 'boolean' } } });
const say = (text: string) => { process.stderr.write(`${text}\n`); };
const pace: Pace = values.quick
  ? { rounds: 3, seconds: 1, manyResults: 100_000, checks: 300, singleRuns: 30, say }
  : { rounds: 5, seconds: 2, manyResults: 1_000_000, checks: 1000, singleRuns: 100, say };
const unknown = values.only?.find((name) => !Object.hasOwn(ROWS, name));

if (values.help || unknown) {
  say(unknown ? `There is no row "${unknown}". ${HELP}` : HELP);
  process.exitCode = unknown ? 1 : 0;
} else {
  const lines: Line[] = [];
  for (const name of values.only ?? Object.keys(ROWS)) {
    say(`… ${name}`);
    lines.push(...await ROWS[name]?.(pace) ?? []);
  }
  process.stdout.write(`${renderTable(lines)}\n`);
}
