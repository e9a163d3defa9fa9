import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { askedManager } from './packageInstall.ts';

test('the package manager that the nearest manifest asks for; what cannot be read asks for none', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'assay-manager-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const member = join(root, 'packages/a');
  mkdirSync(member, { recursive: true });
  const manifest = (at: string, packageManager?: string) => writeFileSync(join(at, 'package.json'), JSON.stringify({ name: 'a', packageManager }));
  manifest(member);
  assert.equal(askedManager(root, member), null);
  manifest(root, 'pnpm@9.1.0+sha512.abc');
  assert.deepEqual(askedManager(root, member), { name: 'pnpm', version: '9.1.0' });
  manifest(member, 'yarn@4.1.0-rc.1');
  assert.deepEqual([askedManager(root, member), askedManager(root, root)], [{ name: 'yarn', version: '4.1.0-rc.1' }, { name: 'pnpm', version: '9.1.0' }]);
  for (const strange of ['pnpm', 'pnpm@9', 'bun@1.2.3', 'pnpm@9.1.0; rm -rf /', 'pnpm@https://x/y.tgz']) {
    manifest(member, strange);
    manifest(root, strange);
    assert.equal(askedManager(root, member), null, strange);
  }
});
