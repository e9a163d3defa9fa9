/** The one suite that every supported CLI version must pass. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { testAccount } from './account.ts';
import type { Cli } from './project.ts';
import { testReading } from './reading.ts';
import { testRecording } from './recording.ts';
import { testFlags, testInterruptions } from './runs.ts';
import { testSsl } from './ssl.ts';
import { createSuite, type Suite } from './suite.ts';

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
    for (const addTests of [testRecording, testFlags, testInterruptions, testReading, testAccount, testSsl]) addTests(() => suite);
  });
}
