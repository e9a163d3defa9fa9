/** Whether a browser works within the walls of jobs on this machine, and with which flags: found by using it. */
import { dirname } from 'node:path';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Program } from './findPrograms.ts';

export interface Trial {
  program: Program;
  /** Chromium's own walls between pages and the rest of the job stand, too. */
  ownSandbox: boolean;
  /** Of Chromium: `156`. */
  version: string;
}

/** Nothing of the machine's screen, and nothing that a browser does for itself over the network. */
export const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] as const;

/** The data of a process cannot be limited to less where there is no control group: Chromium then stops without a word. */
const LIMITS = {
  processes: 512, memoryBytes: 4 * 1024 ** 3, fileBytes: 256 * 1024 ** 2, folderBytes: 512 * 1024 ** 2, openFiles: 4_096, cpuSeconds: 60, ms: 15_000,
};
/** Runs within the walls. Browsers made for servers know no `--dump-dom`, so a page is asked as Playwright asks: through a pipe. */
const ASK = `
const browser = require('node:child_process').spawn(process.argv[1], process.argv.slice(2), { stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'] });
const send = (message) => browser.stdio[3].write(JSON.stringify(message) + '\\0');
const take = (message) => {
  if (message.method === 'Target.attachedToTarget') send({ id: 2, sessionId: message.params.sessionId, method: 'Runtime.evaluate', params: { expression: 'navigator.userAgent' } });
  const version = /Chrome\\/(\\d+)/.exec(message.id === 2 && message.result?.result?.value)?.[1];
  if (version === undefined) return;
  require('node:fs').writeSync(3, version + '\\n');
  send({ id: 3, method: 'Browser.close' });
};
let text = '';
for (const stream of browser.stdio.slice(3)) stream.on('error', () => {});
browser.on('error', (error) => { console.error(error.message); process.exitCode = 1; });
browser.on('exit', (code) => { process.exitCode = code ?? 1; });
browser.stdio[4].on('data', (data) => {
  const messages = (text + data).split('\\0');
  text = messages.pop();
  for (const message of messages) take(JSON.parse(message));
});
send({ id: 1, method: 'Target.setAutoAttach', params: { autoAttach: true, waitForDebuggerOnStart: false, flatten: true } });
`;

/** @returns how it works, or a sentence's end that says why it does not. Rejects for faults of the machine. */
export async function tryBrowser(sandbox: Sandbox, programs: readonly Program[]): Promise<Trial | string> {
  let problem = 'there is no program';
  for (const program of programs) {
    for (const ownSandbox of [true, false]) {
      const found = await open(sandbox, program, ownSandbox);
      if ('version' in found) return { program, ownSandbox, version: found.version };
      problem = found.problem;
    }
  }
  return problem;
}

async function open(sandbox: Sandbox, program: Program, ownSandbox: boolean): Promise<{ version: string } | { problem: string }> {
  let version: string | undefined;
  const flags = ['--headless', ...FLAGS, ...(ownSandbox ? [] : ['--no-sandbox']), '--remote-debugging-pipe', '--user-data-dir=profile', 'about:blank'];
  const ending = await sandbox.run({
    command: () => [process.execPath, '-e', ASK, program.path, ...flags],
    mounts: [...program.mounts, dirname(process.execPath)], env: program.env, limits: LIMITS, input: '', signal: new AbortController().signal,
    onReport: (line) => { version ??= line; },
  });
  if (version !== undefined && ending.why === 'exit' && ending.code === 0) return { version };
  if (ending.why !== 'exit') return { problem: `it did not show a page within ${LIMITS.ms / 1000} s` };
  return { problem: lastLine(ending.said) || `it ended with ${ending.code ?? ending.signal}` };
}

/** The line that names a missing library or another reason; Chromium says much else. */
function lastLine(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /error while loading shared libraries|FATAL|No usable sandbox|not found|Permission denied/.test(line));
  return (telling ?? lines.at(-1) ?? '').replace(/^\[[^\]]*\] ?/, '').slice(0, 300);
}
