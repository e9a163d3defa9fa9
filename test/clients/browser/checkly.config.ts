import { defineConfig } from 'checkly';

export default defineConfig({
  projectName: 'Browser suite',
  logicalId: 'browser-suite',
  checks: { checkMatch: '*.check.ts', tags: ['browser-suite'], frequency: 10, locations: ['eu-west-1'] },
  cli: { runLocation: 'eu-west-1' },
});
