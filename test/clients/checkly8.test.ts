/** The `checkly` CLI 8.23.2. */
import { testCli } from './testCli.ts';

testCli('checkly-8');
