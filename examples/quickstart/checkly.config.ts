import { defineConfig } from 'checkly';

export default defineConfig({
  projectName: 'Sample shop',
  logicalId: 'sample-shop',
  checks: {
    checkMatch: 'src/**/*.check.ts',
    tags: ['sample-shop'],
    frequency: 10,
  },
});
