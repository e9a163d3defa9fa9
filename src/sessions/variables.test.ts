import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ResultRow } from './ledger.ts';
import { builtinVariables, mergeVariables } from './variables.ts';

it('lets the later list win, key by key (A.10)', () => {
  const account = [{ key: 'HOST', value: 'account' }, { key: 'TOKEN', value: 'a', secret: true }];
  const group = [{ key: 'HOST', value: 'group' }];
  const check = [{ key: 'PATH', value: '/check' }];
  const trigger = [{ key: 'PATH', value: '/trigger' }];
  assert.deepEqual(mergeVariables(account, group, check, trigger), [
    { key: 'HOST', value: 'group', secret: false }, { key: 'TOKEN', value: 'a', secret: true }, { key: 'PATH', value: '/trigger', secret: false },
  ]);
});

it('takes secrecy from the entry that won', () => {
  assert.deepEqual(mergeVariables([{ key: 'K', value: 'plain' }], [{ key: 'K', value: 'hidden', secret: true }]), [{ key: 'K', value: 'hidden', secret: true }]);
  assert.deepEqual(mergeVariables([{ key: 'K', value: 'hidden', secret: true }], [{ key: 'K', value: 'plain' }]), [{ key: 'K', value: 'plain', secret: false }]);
});

it('removes a key that a later list sets to null, and knows keys by their exact case', () => {
  assert.deepEqual(mergeVariables([{ key: 'K', value: 'x' }, { key: 'k', value: 'y' }], [{ key: 'K', value: null }]), [{ key: 'k', value: 'y', secret: false }]);
  assert.deepEqual(mergeVariables([{ key: 'K', value: null }], [{ key: 'K', value: '' }]), [{ key: 'K', value: '', secret: false }]);
  assert.deepEqual(mergeVariables(), []);
});

it('tells every run about itself (B.13), and of a stored check only when it is one', () => {
  const run = { id: 'run-1', name: 'Shop', check_type: 'API', run_location: 'eu-west-1', account_id: 'account-1', check_id: null } as ResultRow;
  const builtins = builtinVariables({ run, runSource: 'TEST_RECORD' });
  assert.deepEqual(builtins, {
    CHECK_NAME: 'Shop', CHECK_TYPE: 'API', REGION: 'eu-west-1', RUNTIME_VERSION: '2026.04', ACCOUNT_ID: 'account-1', CHECK_RESULT_ID: 'run-1',
    CHECK_RUN_ID: 'run-1', CHECKLY: '1', CHECKLY_REGION: 'eu-west-1', CHECKLY_RUN_SOURCE: 'TEST_RECORD', CI: '1',
  });
  const stored = builtinVariables({ run: { ...run, check_id: 'check-1' }, runSource: 'TRIGGER_API' });
  assert.equal(stored['CHECK_ID'], 'check-1');
  assert.equal(stored['CHECKLY_CHECK_ID'], 'check-1');
});
