/** Watches what Playwright's library does with browsers: which are started, which pages are visited, how fast they were (C.8). */
import type { WebVitals } from '../../../checks/kit/playwright.ts';
import { cutText } from './cutText.ts';
import { shared, type Tell } from './tell.ts';
import { VITALS_SCRIPT } from './vitals.ts';

/** As much of Playwright as is used here; the same in all versions since 1.40, and looked at with care. */
export interface Library { chromium?: object; firefox?: object; webkit?: object; _instrumentation?: { addListener(listener: object): void } }
interface Page { close(): Promise<void>; evaluate(expression: string): Promise<unknown>; mainFrame(): unknown; isClosed(): boolean }
interface Context {
  pages(): Page[];
  browser(): { version(): string; browserType(): { name(): string } } | null;
  exposeBinding(name: string, callback: (source: { page: Page; frame: unknown }, payload: unknown) => void): Promise<void>;
  addInitScript(script: string): Promise<void>;
  _wrapApiCall?(work: () => Promise<void>, options: unknown): Promise<void>;
}
interface Zone { apiName?: string; error?: Error }

/** The name in the page, for the moment until our script has taken it. */
const BINDING = '__assayVitals';
/** ms that a page has to say what it has measured before it is closed. */
const LAST_WORD_MS = 500;
const NO_BROWSER = 'A multistep check has no browser: it sends requests, with the `request` fixture. Make it a browser check to use pages.';

/** @param noBrowser whoever starts one is refused. */
export function hookLibrary(library: Library, tell: Tell, noBrowser: boolean): void {
  if (noBrowser) refuseBrowsers(library);
  const watch = (context: Context) => safely(() => watchContext(context, tell));
  const flush = (context: Context) => safely(() => flushContext(context, tell));
  shared().closePages = () => {
    for (const context of known.keys()) void safely(() => unseen(context, async () => { await Promise.all(context.pages().map((page) => page.close())); }));
  };
  library._instrumentation?.addListener({
    runAfterCreateBrowserContext: watch, runBeforeCloseBrowserContext: flush,
    runAfterCreateRequestContext: async (context: object) => timeAnswers(context),
    // Until 1.44 or so.
    onDidCreateBrowserContext: watch, onWillCloseBrowserContext: flush, onDidCreateRequestContext: async (context: object) => timeAnswers(context),
    onApiCallEnd: ({ apiName, error }: Zone) => {
      if (error && /^browserType\.launch/.test(apiName ?? '')) tell({ on: 'noBrowser', message: cutText(error.message, 4_000) });
    },
  });
}

type Fetch = (...given: unknown[]) => Promise<object>;
const timed = new WeakSet<object>();

/** Answers of the `request` fixture know how long they took: the helper package asks them (`getAPIResponseTime`). */
function timeAnswers(context: object): void {
  const type = Object.getPrototypeOf(context) as { fetch?: Fetch } | null;
  const fetch = type?.fetch;
  if (!type || !fetch || timed.has(type)) return;
  timed.add(type);
  type.fetch = async function (...given) {
    const began = performance.now();
    const answer = await fetch.apply(this, given);
    const total = Math.round(performance.now() - began);
    if (!('timings' in answer)) Object.defineProperty(answer, 'timings', { value: () => ({ total }), configurable: true });
    return answer;
  };
}

async function safely(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch { /* a page that has gone, an older Playwright: then there is nothing to measure */ }
}

function refuseBrowsers({ chromium }: Library): void {
  const type = Object.getPrototypeOf(chromium ?? {}) as Record<string, unknown>;
  for (const way of ['launch', 'launchPersistentContext', 'launchServer', 'connect', 'connectOverCDP']) {
    if (way in type) type[way] = () => Promise.reject(new Error(NO_BROWSER));
  }
}

const known = new Map<Context, string>();
const pageIds = new WeakMap<Page, string>();
let [contexts, pages, told] = [0, 0, false];

/** Inside of this nothing shows as a step, nor in the trace. */
const unseen = (context: Context, work: () => Promise<void>): Promise<void> =>
  (context._wrapApiCall ? context._wrapApiCall(work, { internal: true }) : work());

async function watchContext(context: Context, tell: Tell): Promise<void> {
  known.set(context, String(++contexts));
  const browser = context.browser();
  if (browser && !told) {
    told = true;
    tell({ on: 'browser', name: browser.browserType().name(), version: browser.version() });
  }
  await unseen(context, async () => {
    await context.exposeBinding(BINDING, ({ page, frame }, payload) => {
      if (frame === page.mainFrame()) report(context, page, payload, tell);
    });
    await context.addInitScript(VITALS_SCRIPT.replaceAll('BINDING', BINDING));
  });
}

interface Visit { id: string; url: string; soft: boolean; vitals: WebVitals }

function report(context: Context, page: Page, payload: unknown, tell: Tell): void {
  const { id, url, soft, vitals } = (payload ?? {}) as Partial<Visit>;
  if (typeof id !== 'string' || typeof url !== 'string' || !/^(https?|file|data):/.test(url)) return;
  const pageId = pageIds.get(page) ?? String(++pages);
  pageIds.set(page, pageId);
  tell({ on: 'page', id: `${known.get(context)}.${pageId}.${id}`, visit: { url: cutText(url, 2_048), vitals: vitals ?? {}, softNavigation: soft === true } });
}

/** Asks all pages of a context for their last word. */
async function flushContext(context: Context, tell: Tell): Promise<void> {
  known.set(context, known.get(context) ?? String(++contexts));
  await unseen(context, async () => {
    await Promise.all(context.pages().map(async (page) => {
      if (page.isClosed()) return;
      const visits = await Promise.race([
        page.evaluate(`globalThis[Symbol.for('${BINDING}')]?.()`).catch(() => null), new Promise((resolve) => { setTimeout(resolve, LAST_WORD_MS).unref(); }),
      ]);
      for (const visit of Array.isArray(visits) ? visits : []) report(context, page, visit, tell);
    }));
  });
}
