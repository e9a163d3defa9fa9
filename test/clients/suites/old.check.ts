import { PlaywrightCheck } from 'checkly/constructs';
import { environmentVariables } from './targets.ts';

// A package of the workspace that has a Playwright of its own.
new PlaywrightCheck('old', {
  name: 'red Suite, older Playwright', playwrightConfigPath: './packages/old/playwright.config.ts', testCommand: 'node packages/old/node_modules/@playwright/test/cli.js test', environmentVariables,
});
