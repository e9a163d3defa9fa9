/** Scripts of API checks that fail, what the egress rules of a place deny, and faults of our own. */
import { createEgress, type OwnedPolicy } from '../../../src/checks/kit/egress.ts';
import { Value } from 'typebox/value';
import { probeBrowser } from '../../../src/checks/browser/probe.ts';
import { BrowserSettings } from '../../../src/checks/browser/schema.ts';
import type { Place, ProbeFault } from './fault.ts';
import { api } from './httpFaults.ts';

const setup = (group: string, text: (place: Place) => string, more: object = {}): ProbeFault => ({
  group, checkType: 'API', run: (place) => api(place, `${place.base}/`, {}, { localSetupScript: `${'\n'.repeat(place.round)}${text(place)}`, ...more }),
});

const scripts: readonly ProbeFault[] = [
  setup('setup: token of the user', ({ email }) => `throw new Error('There is no token for ${email}');`),
  setup('setup: key of the user', ({ email }) => `throw new Error('There is no key for ${email}');`),
  setup('setup: type error', () => 'const data = {}; data.token.value;'), setup('setup: other type error', () => 'const data = {}; data.session.owner;'),
  setup('setup: reference', () => 'tokenOf(request);'), setup('setup: syntax', () => 'const = 1;'), setup('setup: no module', () => "require('./lib/sign');"),
  setup('setup: no package', () => "require('left-pad');"), setup('setup: waits', () => 'await new Promise(() => {});'), setup('setup: exits', () => 'process.exit(1);'),
  setup('setup: bad method', () => "request.method = 'FETCH';"), setup('setup: bad address', ({ order }) => `request.url = 'orders/${order}';`),
  setup('setup: status 403', ({ uuid }) => `throw new Error('Login ${uuid} answered 403 Forbidden');`), setup('setup: status 429', ({ uuid }) => `throw new Error('Login ${uuid} answered 429 Too Many Requests');`),
  setup('setup: refused', ({ shop }) => `await fetch('http://127.0.0.1:${shop.closedPort}/token');`),
  setup('setup: axios refused', ({ shop }) => `await require('axios').get('http://127.0.0.1:${shop.closedPort}/token');`),
  setup('setup: axios 404', ({ base }) => `await require('axios').get('${base}/status/404');`), setup('setup: axios 500', ({ base }) => `await require('axios').get('${base}/status/500');`),
  setup('setup: chai', ({ order }) => `const { expect } = require('chai'); expect(${order}).to.equal(7);`),
  setup('setup: zod', ({ order }) => `const { z } = require('zod'); z.object({ name: z.string() }).parse({ name: ${order} });`),
  setup('setup: jwt', ({ hash }) => `require('jsonwebtoken').verify('${hash}', 'key');`),
  setup('setup: JSON', ({ user }) => `JSON.parse('${user} is no JSON');`),
  { group: 'teardown throws', checkType: 'API', run: (place) => api(place, `${place.base}/api/item`, {}, { localTearDownScript: `throw new Error('order ${place.order} is still there');` }) },
];

const denied = (group: string, policy: Partial<OwnedPolicy>, target: (place: Place) => string): ProbeFault => ({
  group, checkType: 'API',
  run: (place) => {
    const egress = createEgress({ policies: [{ of: 'location', allow: [], deny: [], loopback: true, ...policy }], own: [], local: [] });
    return api({ ...place, context: { ...place.context, net: { ...place.context.net, egress } } }, target(place));
  },
});

const ours: readonly ProbeFault[] = [
  denied('egress: loopback', { loopback: false }, ({ base, order }) => `${base}/orders/${order}`),
  denied('egress: deny list', { deny: ['10.0.0.0/8'] }, ({ count, order }) => `http://10.2.${count}.9:${3000 + order % 900}/`),
  denied('egress: other deny list', { deny: ['10.20.0.0/16'] }, ({ count, order }) => `http://10.20.${count}.9:${3000 + order % 900}/`),
  denied('egress: allow list', { allow: ['shop.example'] }, ({ count, order }) => `http://192.0.2.${count}:${3000 + order % 900}/`),
  denied('egress: metadata', {}, ({ order }) => `http://169.254.169.254:${3000 + order % 900}/latest`),
  {
    group: 'no browser here', checkType: 'BROWSER',
    run: (place) => probeBrowser(Value.Parse(BrowserSettings, Value.Default(BrowserSettings, { name: 'b', logicalId: 'b', script: `// ${place.uuid}` })), place.context),
  },
];

export const scriptFaults: readonly ProbeFault[] = scripts;
export const ourFaults: readonly ProbeFault[] = ours;
