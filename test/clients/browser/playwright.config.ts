/** For the plain `playwright test` that the checks' results are compared with. */
import { defineConfig } from '@playwright/test';

export default defineConfig({ testMatch: '**/*.spec.ts', workers: 1, use: { trace: 'on' } });
