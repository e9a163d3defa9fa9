/** Stored snippets from their creation to a check that runs with them, in the real sandbox. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { findSandbox } from '../src/agent/sandbox/findSandbox.ts';
import { startTarget } from './scenarios/target.ts';
import { startStage } from './stage.ts';

interface Result { status: string; scheduleError: string | null; apiCheckResult: { jobLog: { setup: { msg: string }[] } } }

const facts = await findSandbox(false);

test('a check runs with the snippets that it names and requires; one that is not there ends before it runs', { skip: facts.level === null && facts.says }, async () => {
  await using target = await startTarget({ http: { '/echo': { echo: true } } });
  await using stage = await startStage();
  const add = async (name: string, script: string) => (await stage.call<{ id: number }>('POST', '/v1/snippets', { name, script })).body.id;
  await add('sign', "module.exports = (text) => text + ' signed';");
  const setup = await add('set up', "const sign = require('./snippets/sign.js'); request.headers['x-steps'] = sign(process.env.CHECK_NAME); console.log(require('path').basename(__filename));");
  const assertion = { source: 'JSON_BODY', property: "$.headers['x-steps']", comparison: 'EQUALS', target: 'Named signed' };
  const check = { checkType: 'API', request: { method: 'GET', url: `http://127.0.0.1:${target.httpPort}/echo`, assertions: [assertion] } };
  const { body } = await stage.call<{ testSessionId: string; testResultIds: Record<string, string> }>('POST', '/v1/test-sessions/run', {
    name: 'Snippets', runLocation: { type: 'PUBLIC', region: 'eu-central-1' },
    checkRunJobs: [{ ...check, name: 'Named', logicalId: 'named', setupSnippetId: setup }, { ...check, name: 'Absent', logicalId: 'absent', group: { name: 'g', setupSnippetId: 77 } }],
  });
  await stage.call('GET', `/v1/test-sessions/${body.testSessionId}/completion`);
  const read = (logicalId: string) => stage.call<Result>('GET', `/v1/test-sessions/${body.testSessionId}/results/${body.testResultIds[logicalId]}`);
  assert.equal((await read('absent')).body.scheduleError, 'Snippet 77 (group.setupSnippetId) is not in this account.');
  const result = await read('named');
  assert.equal(result.body.status, 'PASSED', JSON.stringify(result.body));
  assert.ok(result.body.apiCheckResult.jobLog.setup.some(({ msg }) => msg === 'script.js'), 'it runs as script.js');
});
