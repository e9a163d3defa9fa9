// The room table of ARCHITECTURE.md as rules: a room may import itself and what stands beside its name here.
const rooms = {
  contract: [],
  grouping: [],
  protocol: ['contract'],
  store: ['contract'],
  queue: ['store'],
  events: ['contract', 'store'],
  assets: ['contract'],
  accounts: ['contract', 'store'],
  sessions: ['contract', 'protocol', 'checks/schemas', 'store', 'queue', 'events', 'grouping'],
  api: ['contract', 'protocol', 'checks/schemas', 'sessions', 'store', 'accounts', 'events', 'assets'],
  agent: ['protocol', 'checks', 'contract'],
  cli: ['contract', 'app'],
  web: ['contract', 'checks/views'],
};
// npm packages a room may touch; node: modules are free.
const packages = {
  contract: ['typebox'],
  grouping: [],
  protocol: ['typebox'],
  checks: ['typebox', 'dns-packet', 'json-p3', 'moment', '@bufbuild/protobuf', 'protobufjs', 'pkijs'],
  store: ['kysely', 'pg'],
  queue: ['kysely', 'pg', 'pg-boss'],
  events: ['aedes', 'ws', 'kysely', 'pg'],
  assets: ['yauzl'],
  accounts: ['kysely'],
  sessions: ['kysely'],
  api: ['fastify', '@fastify', 'typebox', 'kysely', 'yauzl', 'cookie'],
  agent: ['yauzl', 'yazl', 'tar', '@playwright', 'playwright', 'playwright-core'],
  cli: ['commander'],
  web: ['react', 'react-dom', 'wouter', '@tanstack', 'diff'],
};
const path = (room) => `^src/${room}/`;
const PARTS = {
  'checks/schemas': '^src/checks/(schemas\\.ts|[a-z]+/schema\\.ts|kit/schemas?\\.ts)$',
  // How results of a type look to people stands with the type.
  'checks/views': '^src/checks/(views\\.ts|[a-z]+/view\\.tsx)$',
};
const VIEWS = 'src/checks/(views\\.ts|[a-z]+/view\\.tsx)$';
const allowed = (list) => list.map((room) => PARTS[room] ?? path(room));
const forbidden = [
  { name: 'no-circular', severity: 'error', from: { path: '^src' }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
  { name: 'no-unresolvable', severity: 'error', from: { path: '^(src|test|bench)' }, to: { couldNotResolve: true } },
  { name: 'not-to-tests', severity: 'error', from: { path: '^src', pathNot: '\\.test\\.ts$' }, to: { path: '(^test/|\\.test\\.ts$)' } },
  {
    name: 'check-types-stay-apart', severity: 'error',
    from: { path: '^src/checks/([a-z]+)/', pathNot: '(^src/checks/kit/|\\.test\\.ts$)' },
    to: { path: '^src/checks/[a-z]+/', pathNot: '^src/checks/(kit|$1)/' },
  },
  {
    name: 'kit-knows-no-type', severity: 'error',
    from: { path: '^src/checks/kit/', pathNot: '\\.test\\.ts$' }, to: { path: '^src/checks/(?!kit/)' },
  },
  {
    name: 'checks-room', severity: 'error', from: { path: '^src/checks/', pathNot: ['\\.test\\.ts$', VIEWS] },
    to: { path: '^src/', pathNot: '^src/(checks|protocol|contract)/' },
  },
  {
    name: 'views-are-for-the-web', severity: 'error', from: { path: VIEWS },
    to: { path: '^src/', pathNot: ['^src/web/kit/', '^src/contract/', VIEWS] },
  },
  { name: 'only-the-web-knows-views', severity: 'error', from: { path: '^src/', pathNot: ['^src/web/', VIEWS] }, to: { path: VIEWS } },
];
for (const [room, list] of Object.entries(rooms)) {
  forbidden.push({
    name: `${room}-room`, severity: 'error', from: { path: path(room), pathNot: '\\.test\\.ts$' },
    to: { path: '^src/', pathNot: [path(room), ...allowed(list)] },
  });
}
for (const [room, list] of Object.entries(packages)) {
  forbidden.push({
    name: `${room}-packages`, severity: 'error', from: { path: path(room), pathNot: ['\\.test\\.ts$', VIEWS] },
    to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg'], pathNot: list.length ? list.map((name) => `node_modules/(@types/)?${name}(/|$)`) : ['^$'] },
  });
}
module.exports = {
  forbidden,
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] } },
};
