import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './tests', workers: 2, retries: 1, reporter: 'list', use: { baseURL: process.env['TARGET_URL'] ?? '' },
  projects: [{ name: 'shop', testMatch: '**/shop.spec.ts' }, { name: 'broken', testMatch: '**/broken.spec.ts' }, { name: 'held', testMatch: '**/held.spec.ts' }],
});
