/**
 * The one suite that every supported CLI version must pass. An older version's run leaves out what the server does alike for all of them;
 * ASSAY_ALL_CLIENTS=1 leaves out nothing.
 */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { testAccount } from './account.ts';
import type { Cli } from './project.ts';
import { testReading } from './reading.ts';
import { testRecording } from './recording.ts';
import { testFlags, testInterruptions, testLimit } from './runs.ts';
import { testSsl } from './ssl.ts';
import { createSuite, type Suite } from './suite.ts';

const EVERY_VERSION = [testRecording, testInterruptions, testReading];
const NEWEST = [testFlags, testLimit, testAccount, testSsl];

/** A CLI takes a second or two of one core to start: more than two at a time only wait for each other. */
const AT_A_TIME = 2;

export function testCli(cli: Cli): void {
  describe('the real CLI', { concurrency: AT_A_TIME }, () => {
    let suite: Suite;
    before(async () => {
      suite = await createSuite(cli);
      const variable = { key: 'ACCOUNT_WIDE', value: 'of the account' };
      assert.equal((await suite.stage.call('POST', '/v1/variables', variable)).status, 201);
    });
    after(() => suite.close());
    const all = cli === 'checkly' || process.env['ASSAY_ALL_CLIENTS'] === '1';
    for (const addTests of all ? [...EVERY_VERSION, ...NEWEST] : EVERY_VERSION) addTests(() => suite);
  });
}
