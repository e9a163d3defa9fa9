import { PlaywrightCheck } from 'checkly/constructs';
import { environmentVariables } from './targets.ts';

const suite = { playwrightConfigPath: './playwright.config.ts', environmentVariables };
new PlaywrightCheck('shop', { ...suite, name: 'green Suite', pwProjects: 'shop' });
new PlaywrightCheck('broken', { ...suite, name: 'red Suite', pwProjects: 'broken' });
