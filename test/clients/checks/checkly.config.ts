import { defineConfig } from 'checkly';

export default defineConfig({
  projectName: 'Client suite',
  logicalId: 'client-suite',
  repoUrl: 'https://git.example.test/acme/client-suite',
  checks: { checkMatch: '*.check.ts', tags: ['client-suite'], frequency: 10, locations: ['eu-west-1'] },
  cli: { runLocation: 'eu-west-1' },
});
