/** Traces and videos of the contexts that a plain script makes, and a screenshot of what is open when it fails. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cutText } from './cutText.ts';
import type { TellFile } from './messages.ts';
import type { Tell } from './tell.ts';

export interface Recorder {
  /** Calls to Playwright that have ended. */
  calls(): number;
  /** ms since the last one ended; 0 while one is under way. */
  idleMs(): number;
  openContexts(): number;
  /** Ends all recording. @returns what there is. */
  close(failed: boolean): Promise<TellFile[]>;
}

interface Tracing { start(options: object): Promise<void>; stop(options?: object): Promise<void> }
interface Page { screenshot(options: object): Promise<unknown>; isClosed(): boolean }
interface Context {
  tracing: Tracing; pages(): Page[]; close(): Promise<void>; browser(): { close(options?: object): Promise<void> } | null;
  _wrapApiCall(work: () => Promise<void>, options: object): Promise<void>;
}
interface Library { _instrumentation?: { addListener(listener: object): void } }

const SHOT_MS = 2_000;
/** ms that all of the recording has at the end. */
const CLOSE_MS = 5_000;

export function recordContexts(library: Library, { folder, video, tell }: { folder: string; video: boolean; tell: Tell }): Recorder {
  const open = new Map<Context, () => Promise<void>>();
  let [count, ended, underWay, last] = [0, 0, 0, Date.now()];
  const begin = async (context: Context): Promise<void> => {
    const path = join(folder, `trace-${++count}.zip`);
    const { tracing } = context;
    const start = tracing.start.bind(tracing);
    const unseen = (work: () => Promise<void>) => context._wrapApiCall(work, { internal: true }).catch(() => {});
    await unseen(() => start({ screenshots: true, snapshots: true, sources: true }));
    const stop = async () => {
      open.set(context, async () => {});
      tracing.start = start;
      await unseen(() => tracing.stop({ path }));
    };
    open.set(context, stop);
    // There can be one recording at a time: the user's own goes first.
    tracing.start = async (options) => {
      await stop();
      return start(options);
    };
    closeWithBrowser(context, open);
  };
  const end = async (context: Context): Promise<void> => {
    await open.get(context)?.();
    open.delete(context);
  };
  library._instrumentation?.addListener({
    runBeforeCreateBrowserContext: async (options: { recordVideo?: object }) => { if (video) options.recordVideo ??= { dir: folder }; },
    runAfterCreateBrowserContext: begin, runBeforeCloseBrowserContext: end,
    onApiCallBegin: () => { underWay += 1; },
    onApiCallEnd: ({ title, apiName, error }: { title?: string; apiName?: string; error?: Error }) => {
      [ended, underWay, last] = [ended + 1, Math.max(0, underWay - 1), Date.now()];
      tell({ on: 'step', title: cutText(String(title ?? apiName ?? ''), 300), category: 'pw:api', depth: 0, ms: 0, failed: error !== undefined });
    },
  });
  return {
    calls: () => ended, idleMs: () => (underWay > 0 ? 0 : Date.now() - last), openContexts: () => open.size,
    async close(failed) {
      const work = async () => {
        for (const context of [...open.keys()]) {
          if (failed) await shoot(context, folder, ++count);
          // Closing writes the video.
          await context.close().catch(() => {});
        }
      };
      await Promise.race([work(), new Promise((resolve) => { setTimeout(resolve, CLOSE_MS).unref(); })]);
      return found(folder);
    },
  };
}

const wrapped = new WeakSet<object>();

/** Playwright closes a browser without a word about its contexts. */
function closeWithBrowser(context: Context, open: ReadonlyMap<Context, () => Promise<void>>): void {
  const browser = context.browser();
  if (!browser || wrapped.has(browser)) return;
  wrapped.add(browser);
  const close = browser.close.bind(browser);
  browser.close = async (options) => {
    for (const one of [...open.keys()]) if (one.browser() === browser) await one.close().catch(() => {});
    return close(options);
  };
}

async function shoot(context: Context, folder: string, number: number): Promise<void> {
  for (const [index, page] of context.pages().entries()) {
    if (page.isClosed()) continue;
    await context._wrapApiCall(async () => { await page.screenshot({ path: join(folder, `failed-${number}-${index + 1}.png`), timeout: SHOT_MS }); }, { internal: true }).catch(() => {});
  }
}

const KINDS: Readonly<Record<string, Pick<TellFile, 'name' | 'contentType'>>> = {
  zip: { name: 'trace', contentType: 'application/zip' }, webm: { name: 'video', contentType: 'video/webm' }, png: { name: 'screenshot', contentType: 'image/png' },
};

function found(folder: string): TellFile[] {
  return readdirSync(folder).flatMap((file) => {
    const kind = KINDS[/\.(\w+)$/.exec(file)?.[1] ?? ''];
    return kind ? [{ ...kind, path: join(folder, file) }] : [];
  });
}
