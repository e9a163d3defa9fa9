/**
 * Parts of a bench in processes of their own: what is measured, its peers and what they talk to, so that the CPU time of each is its alone.
 * A side is a file that calls `serveSide`; it ends when its starter does.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';

export interface Side<Facts> extends AsyncDisposable {
  /** What the side said when it was ready. */
  facts: Facts;
  pid: number;
  ask<Answer>(question: unknown): Promise<Answer>;
}

type Message = { facts: unknown } | { answer: unknown } | { error: string };

/** @param name of the file in `sides/`. It gets this process's options of Node: with `--cpu-prof` every side writes a profile of its own. */
export async function startSide<Facts>(name: string, args: unknown): Promise<Side<Facts>> {
  const child = fork(new URL(`sides/${name}.ts`, import.meta.url), [JSON.stringify(args)], { serialization: 'advanced' });
  const exited = once(child, 'exit');
  const receive = async (): Promise<unknown> => {
    const gone = exited.then(([code]) => { throw new Error(`The side process ${name} ended with code ${code}.`); });
    const [message] = await Promise.race([once(child, 'message'), gone]) as [Message];
    if ('error' in message) throw new Error(`${name}: ${message.error}`);
    return 'facts' in message ? message.facts : message.answer;
  };
  const facts = await receive() as Facts;
  return {
    facts,
    pid: child.pid ?? 0,
    async ask<Answer>(question: unknown) {
      const answered = receive();
      child.send(question as object);
      return await answered as Answer;
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** What a side offers once it is ready. */
export interface Service { facts: unknown; answer?(question: never): Promise<unknown>; close?(): Promise<void> }

/** The whole life of a side: starts with the arguments it was given, answers one question at a time, ends with its starter. */
export async function serveSide<Args>(start: (args: Args) => Promise<Service>): Promise<void> {
  const send = (message: Message) => { process.send?.(message); };
  try {
    const service = await start(JSON.parse(process.argv[2] ?? 'null') as Args);
    process.on('message', (question) => {
      Promise.resolve(service.answer?.(question as never)).then((answer) => send({ answer }), (error: unknown) => send({ error: String(error) }));
    });
    process.once('disconnect', () => { Promise.resolve(service.close?.()).finally(() => process.exit()); });
    // An interrupt reaches the whole group; the starter decides when its sides end.
    process.on('SIGINT', () => {});
    send({ facts: service.facts });
  } catch (error) {
    send({ error: error instanceof Error ? error.stack ?? error.message : String(error) });
    process.exitCode = 1;
    process.disconnect?.();
  }
}
