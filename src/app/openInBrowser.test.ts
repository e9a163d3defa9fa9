import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserOpener, type Desk } from './openInBrowser.ts';

const desk = (more: Partial<Desk> = {}): Desk => ({ platform: 'linux', env: { DISPLAY: ':0' }, isTerminal: true, ...more });

test('a page is opened for a person with a desktop, and for nobody else', () => {
  assert.equal(browserOpener(desk()), 'xdg-open');
  assert.equal(browserOpener(desk({ env: { WAYLAND_DISPLAY: 'wayland-0' } })), 'xdg-open');
  assert.equal(browserOpener(desk({ platform: 'darwin', env: {} })), 'open');
  for (const nobody of [{ isTerminal: false }, { env: {} }, { env: { DISPLAY: ':0', CI: 'true' } }, { env: { DISPLAY: 'localhost:10.0', SSH_CONNECTION: 'x' } }, { platform: 'win32' as const }]) {
    assert.equal(browserOpener(desk(nobody)), null, JSON.stringify(nobody));
  }
});
