/** A certificate authority made by the openssl program: certificates of any kind and age, intermediates, OCSP answers. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts; `cert` is followed by the intermediates that lead to the root. */
export interface Issued { cert: string; key: string }

interface Wish {
  subject: string;
  /** As openssl writes them: `DNS:a,IP:1.2.3.4`; none for no extension. */
  names?: string;
  /** Days from now at which it begins and ends to be valid. */
  valid?: [from: number, to: number];
  key?: 'ec' | `rsa:${number}` | 'ed25519';
  /** Of the issuer's signature. */
  digest?: 'sha1' | 'sha256' | 'sha384';
  pss?: true;
  /** Lines of an extension file. */
  extensions?: string[];
}

export interface Authority extends Issued {
  issue(wish: Wish): Issued;
  /** An intermediate. */
  authority(wish: Wish): Authority;
  /** A signed answer about a certificate of this authority, in DER. */
  staple(issued: Issued, status: 'good' | 'revoked'): Buffer;
}

const DAY_MS = 86_400_000;
const date = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().replace(/[-:T]|\.\d+/g, '');
const run = (folder: string, ...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });

const CONFIG = `[ca]
default_ca = here
[here]
dir = .
database = index.txt
new_certs_dir = .
serial = serial
private_key = ca.key
certificate = ca.pem
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = optional
organizationName = optional
[req]
distinguished_name = none
[none]
`;

/** A root. Its files go with the process. */
export function makeAuthority(wish: Wish): Authority {
  const home = mkdtempSync(join(tmpdir(), 'assay-authority-'));
  process.once('exit', () => { rmSync(home, { recursive: true, force: true }); });
  const keys = createKeys(home);
  const folder = newFolder(home, 0);
  const { file, pem } = keys.of(wish.key);
  writeFileSync(join(folder, 'ca.key'), pem);
  run(folder, 'req', '-x509', '-new', '-key', file, '-config', 'openssl.cnf', '-subj', wish.subject, '-days', '30', '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=keyCertSign,cRLSign,digitalSignature', '-out', 'ca.pem');
  return authorityIn(folder, home, keys, '');
}

/** Keys take long to make: one of each kind will do, and one request for each subject of it. */
function createKeys(home: string) {
  const requests = new Map<string, string>();
  return {
    /** The file with a request to be signed. */
    requestOf(subject: string, key: string): string {
      const known = requests.get(subject + key);
      if (known) return known;
      const file = join(home, `${requests.size}.csr`);
      run(home, 'req', '-new', '-key', key, '-config', join(home, '0', 'openssl.cnf'), '-subj', subject, '-out', file);
      requests.set(subject + key, file);
      return file;
    },
    of(kind: NonNullable<Wish['key']> = 'ec'): { file: string; pem: string } {
      const file = join(home, `${kind.replace(':', '-')}.key`);
      const options = { ec: ['EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1'], ed25519: ['ED25519'] }[kind as string] ?? ['RSA', '-pkeyopt', `rsa_keygen_bits:${kind.slice(4)}`];
      if (!existsSync(file)) run(home, 'genpkey', '-algorithm', ...options, '-out', file);
      return { file, pem: readFileSync(file, 'utf8') };
    },
  };
}

function newFolder(home: string, number = readdirSync(home).length): string {
  const folder = join(home, String(number));
  mkdirSync(folder);
  writeFileSync(join(folder, 'openssl.cnf'), CONFIG);
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'serial'), '0A00A1\n');
  return folder;
}

/** @param chain PEM of what leads from here to the root, without the root */
function authorityIn(folder: string, home: string, keys: ReturnType<typeof createKeys>, chain: string): Authority {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  let count = 0;
  const sign = ({ subject, names, valid = [-1, 60], key, digest = 'sha256', pss, extensions = [] }: Wish, more: string[] = []): Issued => {
    const { file, pem } = keys.of(key);
    const out = `${count++}.pem`;
    writeFileSync(join(folder, 'ext'), [...more, ...extensions, ...(names ? [`subjectAltName=${names}`] : []), ''].join('\n'));
    run(folder, 'ca', '-batch', '-notext', '-config', 'openssl.cnf', '-in', keys.requestOf(subject, file), '-out', out, '-md', digest, '-startdate', date(valid[0]), '-enddate', date(valid[1]), '-extfile', 'ext',
      ...(pss ? ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'] : []));
    return { cert: read(out), key: pem };
  };
  return {
    cert: chain || read('ca.pem'), key: read('ca.key'),
    issue(wish) {
      const issued = sign(wish);
      return { ...issued, cert: issued.cert + chain };
    },
    authority(wish) {
      const { cert, key } = sign(wish, ['basicConstraints=critical,CA:TRUE', 'keyUsage=keyCertSign,cRLSign,digitalSignature']);
      const below = newFolder(home);
      writeFileSync(join(below, 'ca.pem'), cert);
      writeFileSync(join(below, 'ca.key'), key);
      return authorityIn(below, home, keys, cert + chain);
    },
    staple({ cert }, status) {
      writeFileSync(join(folder, 'asked.pem'), cert);
      if (status === 'revoked') run(folder, 'ca', '-config', 'openssl.cnf', '-revoke', 'asked.pem');
      run(folder, 'ocsp', '-issuer', 'ca.pem', '-cert', 'asked.pem', '-no_nonce', '-reqout', 'request.der');
      run(folder, 'ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', 'ca.pem', '-rkey', 'ca.key', '-reqin', 'request.der', '-respout', 'answer.der', '-ndays', '7');
      return readFileSync(join(folder, 'answer.der'));
    },
  };
}
