import { BrowserCheck } from 'checkly/constructs';
import { environmentVariables } from './targets.ts';

// Its page is answered only when the test lets it go.
new BrowserCheck('held', { name: 'green held', environmentVariables, code: { entrypoint: './held.spec.ts' } });
