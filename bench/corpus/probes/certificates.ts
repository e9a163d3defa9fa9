/** An authority that nobody knows, and certificates of it: good, expired, for another host. Made by openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair { cert: string; key: string }
interface BadCertificates { ca: string; client: Pair; expired: Pair; otherHost: Pair; ofAuthority: Pair }

export function badCertificates(): BadCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'run-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const read = (name: string) => readFileSync(at(name), 'utf8');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    openssl('req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=Corpus authority', '-keyout', at('ca.key'), '-out', at('ca.pem'));
    const issue = (name: string, names: string, ...dates: string[]): Pair => {
      openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
      writeFileSync(at('names'), `subjectAltName=${names}\n`);
      openssl('x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names'), ...dates, '-out', at(`${name}.pem`));
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
    };
    // Only `openssl ca` of older versions can date a certificate back.
    const issueOnce = (name: string, names: string): Pair => {
      openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
      writeFileSync(at('index.txt'), '');
      writeFileSync(at('ca.cnf'), `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=${folder}\ndatabase=${at('index.txt')}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=${names}\n`);
      openssl('ca', '-batch', '-config', at('ca.cnf'), '-in', at(`${name}.csr`), '-cert', at('ca.pem'), '-keyfile', at('ca.key'), '-startdate', '20240101000000Z', '-enddate', '20240301000000Z', '-notext', '-out', at(`${name}.pem`));
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
    };
    const local = 'DNS:localhost,IP:127.0.0.1';
    return {
      ca: read('ca.pem'), client: issue('client', 'DNS:client.example', '-days', '5'), ofAuthority: issue('localhost', local, '-days', '5'),
      otherHost: issue('other', 'DNS:other.example,DNS:www.other.example', '-days', '5'), expired: issueOnce('old', local),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
