import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayUseSnippets, withSnippets, type NamedSnippet } from './withSnippets.ts';

const snippet = (id: number, name: string, script: string): NamedSnippet => ({ id, name, script });
const ALL = [snippet(1, 'login', "require('./tokens')"), snippet(2, 'tokens', 'old'), snippet(3, 'tokens', 'new'), snippet(4, 'other', 'x'), snippet(5, '../out', 'x')];

test('a snippet that is named takes the place of the script, in the group too', () => {
  const job = { checkType: 'API', setupSnippetId: 4, localSetupScript: 'mine', setupScriptPath: 'a.ts', localTearDownScript: 'kept', group: { tearDownSnippetId: 3 } };
  assert.equal(mayUseSnippets(job), true);
  assert.deepEqual(withSnippets(job, ALL), {
    checkType: 'API', setupSnippetId: null, localSetupScript: 'x', setupScriptPath: null, localTearDownScript: 'kept',
    group: { tearDownSnippetId: null, localTearDownScript: 'new', tearDownScriptPath: null },
  });
  assert.equal(withSnippets({ checkType: 'API', setupSnippetId: 9 }, ALL), 'Snippet 9 (setupSnippetId) is not in this account.');
  assert.equal(withSnippets({ checkType: 'API', group: { tearDownSnippetId: 8 } }, ALL), 'Snippet 8 (group.tearDownSnippetId) is not in this account.');
});

test('what scripts require comes along, with what that requires, and nothing else', () => {
  const files = (job: { checkType: string; sharedFiles?: unknown } | string) => (typeof job === 'string' ? job : job.sharedFiles);
  const both = [{ path: 'snippets/login.js', content: "require('./tokens')" }, { path: 'snippets/tokens.js', content: 'new' }];
  assert.deepEqual(files(withSnippets({ checkType: 'API', localSetupScript: "const { a } = require('./snippets/login.js')" }, ALL)), both);
  assert.deepEqual(files(withSnippets({ checkType: 'API', setupSnippetId: 1 }, ALL)), [both[1]]);
  assert.deepEqual(files(withSnippets({ checkType: 'BROWSER', script: 'import "./snippets/login"' }, ALL)), both);
  const own = [{ path: 'snippets/login.js', content: 'mine' }];
  assert.deepEqual(files(withSnippets({ checkType: 'API', localSetupScript: "require('./snippets/login.js')", sharedFiles: own }, ALL)), own);
  for (const text of ["require('./snippets/nobody.js')", "require('./snippets/../out.js')", 'login']) {
    assert.equal(files(withSnippets({ checkType: 'API', localSetupScript: text }, ALL)), undefined, text);
  }
  const url = { checkType: 'URL', setupSnippetId: 1 };
  assert.equal(withSnippets(url, ALL), url);
  assert.equal(mayUseSnippets(url), false);
  assert.equal(mayUseSnippets({ checkType: 'API', setupSnippetId: null } as { checkType: string }), false);
  const long = [snippet(1, 'long', 'x'.repeat(1024 * 1024 + 1))];
  assert.equal(withSnippets({ checkType: 'API', localSetupScript: "require('./snippets/long')" }, long), 'The snippets that this check requires are longer than 1 MB together.');
});
