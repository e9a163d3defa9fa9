/**
 * A worker of Playwright's test runner that is started before there is a test for it, with everything loaded.
 * Promises: it is handed out once, and to Playwright it looks like one that it has just started; without it Playwright starts its own.
 */
import childProcess, { type ChildProcess, type ForkOptions } from 'node:child_process';
import Module from 'node:module';
import type { RunnerMessage } from './messages.ts';
import { isWorkerEntry } from './preload.ts';

export interface SpareWorker { /** It is not needed: a plain script has no workers. */ dismiss(): void }

type Fork = (path: string | URL, ...rest: unknown[]) => ChildProcess;

/** @param entry the file that Playwright starts its workers with. @param load what tests will need, by path. */
export function startSpareWorker(entry: string, load: string[]): SpareWorker {
  const fork = childProcess.fork as Fork;
  let spare: ChildProcess | null = fork(entry, { env: { ...process.env, FORCE_COLOR: '1', DEBUG_COLORS: '1' }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let ready = false;
  spare.on('error', () => { spare = null; });
  spare.once('exit', () => { spare = null; });
  const listen = (message: unknown) => { ready ||= (message as { method?: string }).method === 'ready'; };
  spare.on('message', listen);
  spare.send({ method: 'assay', load } satisfies RunnerMessage);
  childProcess.fork = ((path: string | URL, ...rest: unknown[]) => {
    const options = rest.find((one) => typeof one === 'object' && one !== null && !Array.isArray(one)) as ForkOptions | undefined;
    const child = spare;
    if (child === null || !isWorkerEntry(path) || path !== entry || !options?.env) return fork(path, ...rest);
    spare = null;
    child.off('message', listen);
    child.send({ method: 'assay', env: { ...options.env } } satisfies RunnerMessage);
    // Playwright listens from the next line on.
    if (ready) setImmediate(() => child.emit('message', { method: 'ready' }));
    return child;
  }) as typeof childProcess.fork;
  Module.syncBuiltinESMExports();
  return {
    dismiss() {
      spare?.kill('SIGKILL');
      spare = null;
    },
  };
}
