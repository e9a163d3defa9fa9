/** A log of 5 MB and a hundred thousand lines in the page of its result: how long frames take while it is scrolled by wheel from its top to its bottom. */
import type { LogEntry } from '../../src/protocol/outcome.ts';
import { agentByHand } from '../../test/agentByHand.ts';
import { noPages, openPages } from '../../test/pages/openPages.ts';
import { startStage } from '../../test/stage.ts';
import { quantile, type Pace } from '../measure.ts';
import { figureLine, missingLine, type Line } from '../table.ts';

const LINES = 100_000;
/** Lines that one entry spans: as in real logs, some. */
const LINES_EACH = 10;
/** px that the wheel goes at once, and how often it is turned before anybody looks where it is. */
const NOTCH = 4_000;
const TURNS = 25;
/** ms of the longest frame that is still smooth. */
const SMOOTH_MS = 50;

const WATCH_TASKS = 'window.longest = 0; new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration); }).observe({ type: "longtask", buffered: true });';
const WATCH_FRAMES = 'window.frames = []; window.watching = true; (() => { let last = performance.now(); const next = (now) => { window.frames.push(now - last); last = now; if (window.watching) requestAnimationFrame(next); }; requestAnimationFrame(next); })();';

function longLog(): LogEntry[] {
  return Array.from({ length: LINES / LINES_EACH }, (_, n): LogEntry => ({
    time: 1_760_000_000_000 + n, level: n % 50 === 0 ? 'ERROR' : 'INFO',
    msg: Array.from({ length: LINES_EACH }, (_unused, i) => `\u001b[32mline\u001b[0m ${n * LINES_EACH + i + 1} of a log that is long enough`).join('\n'),
  }));
}

export async function longLogs({ rounds }: Pace): Promise<Line[]> {
  if (noPages) return [missingLine('A log of 100,000 lines in the page', 'the built page')];
  await using stage = await startStage({ config: { builtinAgent: null } });
  const agent = await agentByHand(stage, 'bench');
  const { testSessionId, testResultIds } = await agent.run({ logicalId: 'long', name: 'long', checkType: 'MULTI_STEP', script: 'x', dependencies: [] });
  await (await agent.take()).finish({ log: { setup: [], request: longLog(), teardown: [] } });
  agent.link.close();
  await using pages = await openPages(stage);
  const { page } = pages;
  await page.addInitScript(WATCH_TASKS);
  const [frames, tasks]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    await pages.open(`/test-sessions/${testSessionId}/results/${testResultIds['long']}`);
    await page.getByText('100,000 lines').waitFor();
    await page.getByText('line 1 of a log').hover();
    const longest = Number(await page.evaluate('window.longest'));
    await page.evaluate(WATCH_FRAMES);
    do {
      for (let turn = 0; turn < TURNS; turn++) await page.mouse.wheel(0, NOTCH);
    } while (!await page.getByText(`line ${LINES} of a log`).isVisible());
    const taken = await page.evaluate('(window.watching = false, window.frames)') as number[];
    if (round === 0) continue;
    frames.push(...taken);
    tasks.push(longest);
  }
  const peer = `${frames.length} frames in ${rounds} rounds`;
  return [
    figureLine('Log of 5 MB, 100,000 lines: worst frame while scrolled', Math.max(...frames), ' ms', peer, { atMost: SMOOTH_MS }),
    figureLine('  99th percentile', quantile(frames, 0.99), ' ms', ''),
    figureLine('  longest task while it is opened', Math.max(...tasks), ' ms', ''),
  ];
}
