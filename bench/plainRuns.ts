/** `npx playwright test` beside Assay: a project in a temporary folder, run as a person runs it; and what runs cost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { plainEnvironment } from '../test/clients/plainPlaywright.ts';

/** Wall time of a run, and what the machine's processors did meanwhile. */
export interface Cost { ms: number; cpuSeconds: number }

export interface PlainProject extends Disposable {
  folder: string;
  /** In ms; rejects unless all tests pass. @param args after `npx playwright test`. */
  run(args?: readonly string[]): Promise<number>;
}

const MODULES = fileURLToPath(new URL('../node_modules/', import.meta.url));

/** @param files by path. Has the Playwright that comes with Assay, unless they bring an installed one of their own (`node_modules` made by `prepare`). */
export async function plainProject(files: Readonly<Record<string, string>>, prepare?: (folder: string) => Promise<void>): Promise<PlainProject> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-plain-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  if (prepare) await prepare(folder);
  else {
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
    mkdirSync(join(folder, 'node_modules', '@playwright'));
    symlinkSync(join(MODULES, '@playwright/test'), join(folder, 'node_modules', '@playwright', 'test'));
    symlinkSync(join(MODULES, '@playwright/test/cli.js'), join(folder, 'node_modules', '.bin', 'playwright'));
  }
  const given = await plainEnvironment(join(folder, 'node_modules/@playwright/test/cli.js'));
  const env = { ...given, PATH: `${dirname(process.execPath)}:${given['PATH']}`, HOME: folder, npm_config_update_notifier: 'false' };
  return {
    folder,
    async run(args = []) {
      const startedAt = performance.now();
      const child = spawn('npx', ['playwright', 'test', '--reporter=line', ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { said += String(text); });
      const [code] = await once(child, 'close') as [number];
      if (code !== 0) throw new Error(`npx playwright test ended with ${code}:\n${said}`);
      return performance.now() - startedAt;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Seconds that this machine's processors have been busy, for whomever: what a sandbox's processes have used is added to nobody's account. */
function busySeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
  return (user + nice + system + irq + softIrq) / 100;
}

/** What `work` costs the machine. @param after ms that count for the processors alone: what is made ready for the next run. */
export async function costOf(work: () => Promise<number>, after: number): Promise<Cost> {
  const before = busySeconds();
  const ms = await work();
  await pause(after);
  return { ms, cpuSeconds: busySeconds() - before };
}

/** Watches the control groups of jobs. `stop` gives the largest peak in bytes; null without control groups. */
export function watchMemory(): { stop(): number | null } {
  let peak = 0;
  const look = () => {
    for (const path of globSync('/sys/fs/cgroup/{memory/,}{,*/,*/*/,*/*/*/}assay-job-*/memory.{max_usage_in_bytes,peak}')) {
      try {
        peak = Math.max(peak, Number(readFileSync(path, 'utf8')));
      } catch { /* gone by now */ }
    }
  };
  const timer = setInterval(look, 50);
  return {
    stop() {
      clearInterval(timer);
      return peak || null;
    },
  };
}
