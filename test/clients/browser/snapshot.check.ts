import { BrowserCheck } from 'checkly/constructs';
import { environmentVariables } from './targets.ts';

new BrowserCheck('snapshot', { name: 'Snapshot', environmentVariables, code: { entrypoint: './snapshot.spec.ts' } });
