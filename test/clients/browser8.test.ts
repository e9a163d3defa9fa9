/** Browser checks, the `checkly` CLI 8.23.2. Suites are sent as by 9.5.0 (suites9.test.ts). */
import { testBrowserCli } from './testBrowserCli.ts';

await testBrowserCli('checkly-8');
