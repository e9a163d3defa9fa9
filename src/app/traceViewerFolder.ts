/** Where the newest Playwright that Assay brings along keeps its trace viewer. Absolute. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function traceViewerFolder(): string {
  // The runner, its library, its core: each knows where the next one is, wherever they were installed.
  const runner = fileURLToPath(import.meta.resolve('@playwright/test/package.json'));
  const library = createRequire(runner).resolve('playwright/package.json');
  return join(dirname(createRequire(library).resolve('playwright-core/package.json')), 'lib', 'vite', 'traceViewer');
}
