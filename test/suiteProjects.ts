/** Projects with a Playwright suite, and their code bundles as the CLI makes them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { create } from 'tar';

const MODULES = fileURLToPath(new URL('../node_modules/', import.meta.url));
const BIN = join(MODULES, '.bin');

export type ProjectFiles = Record<string, string>;
export type Lock = 'npm' | 'pnpm' | 'yarn' | 'berry';

/** The package managers that make lock files, as commands of a shell. */
const LOCKING: Readonly<Record<Lock, string>> = {
  npm: 'npm install --package-lock-only --no-audit --no-fund', pnpm: 'pnpm install --lockfile-only', yarn: `"${process.execPath}" "${join(MODULES, 'yarn/bin/yarn.js')}" install --ignore-scripts`,
  berry: `"${process.execPath}" "${join(MODULES, '@yarnpkg/cli-dist/bin/yarn.js')}" install --mode=update-lockfile`,
};

/** Adds what a real project has: a manifest that asks for this Playwright, a .npmrc with the registry, and the lock file of a real package manager. */
export async function lockedProject(lock: Lock, playwright: string, registry: string, files: ProjectFiles): Promise<ProjectFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-lock-'));
  try {
    const manifest = { name: 'suite', version: '1.0.0', private: true, devDependencies: { '@playwright/test': playwright } };
    const all: ProjectFiles = {
      'package.json': JSON.stringify(manifest, null, 2), '.npmrc': `registry=${registry}\n`,
      ...(lock === 'berry' ? { '.yarnrc.yml': `npmRegistryServer: "${registry}"\nunsafeHttpWhitelist: ["127.0.0.1"]\n`, 'yarn.lock': '' } : {}), ...files,
    };
    writeFiles(folder, all);
    const { CI: _, ...env } = process.env;
    await promisify(execFile)('/bin/sh', ['-c', LOCKING[lock]], {
      cwd: folder, env: { ...env, PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}`, HOME: folder, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', YARN_ENABLE_TELEMETRY: '0', YARN_ENABLE_GLOBAL_CACHE: 'false' },
    });
    const name = readdirSync(folder).find((one) => ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock'].includes(one)) ?? '';
    return { ...all, [name]: readFileSync(join(folder, name), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function writeFiles(folder: string, files: ProjectFiles): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** A gzip tar of files alone, sorted, as the CLI sends it. */
export async function bundleOf(files: ProjectFiles): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bundle-'));
  try {
    writeFiles(folder, files);
    const chunks: Buffer[] = [];
    for await (const chunk of create({ gzip: true, cwd: folder, portable: true, noDirRecurse: true }, Object.keys(files).sort()) as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
