/** Whether a browser works within the walls of jobs on this machine, and with which flags: found by using it. */
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
  processes: 512, memoryBytes: 4 * 1024 ** 3, fileBytes: 256 * 1024 ** 2, folderBytes: 512 * 1024 ** 2, openFiles: 4_096, cpuSeconds: 60, ms: 20_000,
};
const PAGE = 'data:text/html,<script>document.title=/Chrome\\/(\\d+)/.exec(navigator.userAgent)[1]</script>';

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
  const flags = ['--headless', ...FLAGS, ...(ownSandbox ? [] : ['--no-sandbox']), '--dump-dom', PAGE];
  let version: string | undefined;
  const ending = await sandbox.run({
    // What it prints is read through the descriptor for reports.
    command: () => ['/bin/sh', '-c', 'exec "$0" "$@" >&3', program.path, ...flags],
    mounts: program.mounts, env: program.env, limits: LIMITS, input: '', signal: new AbortController().signal,
    onReport: (line) => { version ??= /<title>(\d+)<\/title>/.exec(line)?.[1]; },
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
