import { PlaywrightCheck } from 'checkly/constructs';
import { environmentVariables } from './targets.ts';

// Its second test ends only when the test lets it go.
new PlaywrightCheck('held', { name: 'green held', playwrightConfigPath: './playwright.config.ts', pwProjects: 'held', environmentVariables });
