/** The tarballs of private packages that a code bundle brings with it (`.checkly/embedded-packages/`): what each is, by its own manifest. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BundleError, createTarReader } from './tarReader.ts';

export const EMBEDDED_FOLDER = '.checkly/embedded-packages';

export interface EmbeddedPackage {
  name: string;
  version: string;
  /** Absolute: the tarball. */
  path: string;
  /** Its package.json, and checksums as registries tell them. */
  manifest: Readonly<Record<string, unknown>>;
  integrity: string;
  shasum: string;
}

/** Bytes of an unpacked tarball that are looked at for its manifest. */
const MOST_BYTES = 1024 * 1024 * 1024;

/** Throws a BundleError for a file there that is no package. @param root the project's. */
export function readEmbedded(root: string): EmbeddedPackage[] {
  const folder = join(root, EMBEDDED_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith('.tgz')).map((file) => {
    const bytes = readFileSync(join(folder, file));
    const manifest = manifestIn(bytes, file);
    return {
      name: String(manifest['name']), version: String(manifest['version']), path: join(folder, file), manifest,
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`, shasum: createHash('sha1').update(bytes).digest('hex'),
    };
  });
}

/** The package.json of the one folder that a tarball has; whatever that is called. */
function manifestIn(bytes: Buffer, file: string): Record<string, unknown> {
  const parts: Buffer[] = [];
  let inManifest = false;
  const reader = createTarReader({
    entry({ path, type }) { inManifest = type === 'file' && /^[^/]+\/package\.json$/.test(path.replace(/^\.\//, '')); },
    data(chunk) { if (inManifest) parts.push(Buffer.from(chunk)); },
    entryEnd() { inManifest = false; },
  });
  try {
    reader.write(gunzipSync(bytes, { maxOutputLength: MOST_BYTES }));
    const manifest = JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown> | null;
    if (typeof manifest?.['name'] === 'string' && typeof manifest['version'] === 'string') return manifest;
  } catch { /* said below */ }
  throw new BundleError(`has a file that is no package: "${EMBEDDED_FOLDER}/${file.slice(0, 200)}"`);
}
