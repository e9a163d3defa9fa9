/** What a suite's tests find in their environment beside the variables of the check. */
import type { BrowserTree } from '../../browsers/openBrowsers.ts';
import { suitePlaces } from './suiteFolder.ts';
import { preloads } from './suiteStage.ts';

/** @param folder the job folder. @param browsers null: none are needed. */
export function testEnvironment(folder: string, browsers: BrowserTree | null): Record<string, string> {
  const { own, root, events } = suitePlaces(folder);
  const video = browsers?.ok === true && browsers.video;
  return {
    // A report that is served at the end would never end.
    PLAYWRIGHT_HTML_OPEN: 'never', PW_TEST_HTML_REPORT_OPEN: 'never',
    ...(browsers?.ok ? { PLAYWRIGHT_BROWSERS_PATH: browsers.path } : {}),
    NODE_OPTIONS: preloads('preload', 'suitePreload'), ASSAY_EVENTS: events, ASSAY_SUITE: JSON.stringify({ folder: own, root, events, video }),
  };
}

