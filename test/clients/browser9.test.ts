/** Browser and multistep checks, the `checkly` CLI 9.5.0. */
import { testBrowserCli } from './testBrowserCli.ts';

await testBrowserCli('checkly');
