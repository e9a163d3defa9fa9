/** A process that is killed with -9 and started again, always the same way. */
import { once } from 'node:events';
import { startProgram, type Program } from '../program.ts';

export interface Mortal extends AsyncDisposable {
  readonly name: string;
  /** Starts it; it must not run. */
  start(): void;
  /** Resolves when the process that was started last is at work. */
  ready(): Promise<void>;
  /** Of the process that was started last. */
  readonly pid: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when the process has ended by itself, with its exit code. */
  stop(): Promise<number | null>;
  /** Rejects when a process ends that nobody has killed. */
  readonly died: Promise<never>;
}

/** @param said what its output says when it is at work. */
export function createMortal(name: string, said: RegExp, options: { args: readonly string[]; env: Record<string, string>; command?: readonly string[] }): Mortal {
  const death = Promise.withResolvers<never>();
  // Whoever races against it hears of it; nobody has to.
  death.promise.catch(() => {});
  let program: Program | undefined;
  let expected = false;
  const end = async (signal: NodeJS.Signals) => {
    expected = true;
    program?.signal(signal);
    return (await program?.ended)?.code ?? null;
  };
  return {
    name, died: death.promise,
    get pid() { return program?.pid ?? -1; },
    start() {
      expected = false;
      const mine = program = startProgram(options.args, options);
      void mine.ended.then(({ code, stdout, stderr }) => {
        if (program === mine && !expected) death.reject(new Error(`${name} ended by itself with ${code}:\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`));
      });
    },
    async ready() { await program?.said(said); },
    async kill() { await end('SIGKILL'); },
    stop: () => end('SIGTERM'),
    async [Symbol.asyncDispose]() { await end('SIGKILL'); },
  };
}

/** Settles as `work` does; rejects when one of the processes has died by itself, or when `signal` says that the time is up. */
export function whileAlive<T>(mortals: readonly Mortal[], signal: AbortSignal, work: Promise<T>): Promise<T> {
  const late = once(signal, 'abort').then(() => { throw new Error('The time is up.'); });
  // What is still under way when the race is over fails as well; nobody needs to hear of it.
  for (const promise of [work, late]) promise.catch(() => {});
  return Promise.race([work, late, ...mortals.map((mortal) => mortal.died)]);
}
