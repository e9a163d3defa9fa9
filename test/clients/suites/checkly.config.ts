import { defineConfig } from 'checkly';

export default defineConfig({
  projectName: 'Playwright suites',
  logicalId: 'playwright-suites',
  checks: { checkMatch: '*.check.ts', tags: ['suites'], frequency: 10, locations: ['eu-west-1'], playwrightConfigPath: './playwright.config.ts' },
  cli: { runLocation: 'eu-west-1' },
});
