/**
 * Runs a test of ours with a project's own Playwright: Node keeps the code that it has compiled for it, and the project's tests start in
 * less time. Nothing of the project but its packages is there. A failure here is nobody's: then there is no such code.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** ms that it may take; most take two seconds. */
const PATIENCE_MS = 20_000;
/** In both languages that Playwright compiles; what comes with `page` but the browser is loaded for `request`, too. */
const TEST = "import { expect, test } from '@playwright/test';\ntest('rehearsal', async ({ request }) => { await expect(async () => { expect(typeof request.get).toBe('function'); }).toPass(); });\n";
const FILES: Readonly<Record<string, string>> = {
  'playwright.config.ts': "import { defineConfig } from '@playwright/test';\nexport default defineConfig({ workers: 1, retries: 0, reporter: 'list', outputDir: './results', timeout: 15_000 });\n",
  'rehearsal.spec.ts': TEST,
};

/**
 * @param folder the project's working folder: the test lies in a folder of its own in it, and stays there. @param compiled the folder for the code, which is made.
 * @param env the environment of the project's tests. @returns whether there is anything in it.
 */
export async function rehearse(folder: string, compiled: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    const program = createRequire(join(folder, 'package.json')).resolve('@playwright/test/cli');
    mkdirSync(folder, { recursive: true });
    const place = mkdtempSync(join(folder, 'assay-rehearsal-'));
    mkdirSync(compiled, { recursive: true });
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(place, name), text);
    await ended([program, 'test', '--config', join(place, 'playwright.config.ts')], place, { ...env, NODE_COMPILE_CACHE: compiled, NODE_COMPILE_CACHE_PORTABLE: '1' });
    return existsSync(compiled);
  } catch {
    return false;
  }
}

async function ended(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, words, { cwd, env, stdio: 'ignore', timeout: PATIENCE_MS, killSignal: 'SIGKILL' });
  await new Promise((done) => { child.once('error', done).once('exit', done); });
}
