/** The `checkly` CLI 9.5.0. */
import { testCli } from './testCli.ts';

testCli('checkly');
