/** Browser checks, the `checkly` CLI 8.23.2: of each type one that passes and one that fails; all with ASSAY_ALL_CLIENTS=1. Suites are sent as by 9.5.0 (suites9.test.ts). */
import { testBrowserCli } from './testBrowserCli.ts';

await testBrowserCli('checkly-8');
