/** SSL monitors of the real CLI against real peers: every reporter and both ways to read a result show them whole. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Value } from 'typebox/value';
import { TestSessionResult } from '../../src/contract/results.ts';
import { makeAuthority } from '../certificateAuthority.ts';
import { serveTls } from '../tlsPeers.ts';
import { countsOf, rowsOf, sessionIdOf, verdictOf, wanted, type Suite } from './suite.ts';

const ODD = /undefined|NaN|\[object|TypeError/;
/** What the reporter list and `get --result` show of each check. */
const SHOWN: Record<string, { inList: RegExp[]; byGet?: RegExp[] }> = {
  'green SSL': { inList: [/Expires in: 59 day\(s\)/, /TLS: TLS1\.3 \/ TLS_AES_256_GCM_SHA384/, /Baseline: pass \(grade A-\)/], byGet: [/Resolved IP: +127\.0\.0\.1/, /Subject CN: +shop\.test/, /SANs: +shop\.test, 127\.0\.0\.1/, /Chain trusted: +yes/, /SCT present/] },
  'red SSL, expired': { inList: [/Expires in: expired 3 day\(s\) ago/, /CERT_HAS_EXPIRED/], byGet: [/Expires in: +expired 3 day\(s\) ago/, /ERROR\s+CERT_HAS_EXPIRED: The certificate is expired since/] },
  'red SSL, TLS 1.0': { inList: [/Baseline: fail \(grade F\)/] },
  'red SSL, another host': { inList: [/Hostname Verified: no/, /ERR_TLS_CERT_ALTNAME_INVALID/] },
  'red SSL, nobody listens': { inList: [/Connection to "127\.0\.0\.1:1" was refused/], byGet: [/Failure: +connect/, /ERROR\s+connect ECONNREFUSED 127\.0\.0\.1:1/] },
};

export function testSsl(of: () => Suite): void {
  const closing: (() => void)[] = [];
  const t = { after: (close: () => void) => { closing.push(close); } };
  let env: Record<string, string>;
  before(async () => {
    const root = makeAuthority({ subject: '/O=Client suite/CN=Suite Root' });
    // The stage's agent runs in this process.
    setDefaultCACertificates([...getCACertificates('default'), root.cert]);
    const wish = { subject: '/CN=shop.test', names: 'DNS:shop.test,IP:127.0.0.1', key: 'rsa:2048' } as const;
    const good = root.issue(wish);
    const [goodPort, expiredPort, oldPort] = await Promise.all([
      serveTls(t, good), serveTls(t, root.issue({ ...wish, valid: [-20, -2] })), serveTls(t, { ...good, maxVersion: 'TLSv1' }),
    ]);
    // Reports of its own: another run in the same folder writes the usual ones.
    env = { CHECKLY_REPORTER_JSON_OUTPUT: 'ssl.json', CHECKLY_REPORTER_GITHUB_OUTPUT: 'ssl.md', SSL_GOOD_PORT: String(goodPort), SSL_EXPIRED_PORT: String(expiredPort), SSL_OLD_PORT: String(oldPort) };
  });
  after(() => { for (const close of closing) close(); });

  it('SSL monitors: verdicts, reporters list, json and github, and test-sessions get --result', async () => {
    const suite = of();
    const run = await suite.run(['test', 'ssl', '--record', '--verbose', '--reporter', 'list,json,github'], env);
    assert.equal(run.code, 1, run.stdout + run.stderr);
    assert.equal(run.stderr, '');
    assert.equal(countsOf(run), '4 failed, 1 degraded, 1 passed, 6 total');
    for (const [name, { verdict }] of rowsOf(run)) assert.equal(verdict, wanted(name), name);
    assert.doesNotMatch(run.stdout, ODD);
    for (const { inList } of Object.values(SHOWN)) for (const pattern of inList) assert.match(run.stdout, pattern);

    const { session, results } = await suite.readSession(sessionIdOf(run.stdout));
    for (const result of results) {
      assert.deepEqual([...Value.Errors(TestSessionResult, result)], [], result.name);
      assert.equal(verdictOf(result), wanted(result.name ?? ''), JSON.stringify(result.sslCheckResult));
    }
    const json = readFileSync(join(suite.project.folder, 'ssl.json'), 'utf8');
    const { checks } = JSON.parse(json) as { checks: { name: string; diagnostics?: { sslCheckResult?: { response: object } } }[] };
    for (const { name, diagnostics } of checks) assert.deepEqual(diagnostics?.sslCheckResult?.response, results.find((result) => result.name === name)?.sslCheckResult?.response, name);
    assert.match(readFileSync(join(suite.project.folder, 'ssl.md'), 'utf8'), /\|❌ Fail\|red SSL, expired\|SSL\|/);

    for (const [name, { byGet = [] }] of Object.entries(SHOWN).filter(([, { byGet }]) => byGet)) {
      const id = results.find((result) => result.name === name)?.testSessionResultId ?? '';
      const { code, stdout, stderr } = await suite.run(['test-sessions', 'get', session.testSessionId, '--result', id]);
      assert.equal(code, 0, stdout + stderr);
      assert.doesNotMatch(stdout, ODD);
      for (const pattern of byGet) assert.match(stdout, pattern, name);
    }
  });
}
