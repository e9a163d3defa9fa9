/** The Chromium inside the npm package @sparticuz/chromium: unpacked once, into the agent's folder. */
import { createReadStream, createWriteStream, existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar';
import type { Program } from './findPrograms.ts';

/** How it is told apart from programs of the machine. */
export const PACKED = 'of the npm package @sparticuz/chromium';
/** Libraries that systems without a desktop lack. */
const LIBRARIES = 'al2023.tar.br';
const ARCHIVES = ['fonts.tar.br', 'swiftshader.tar.br', LIBRARIES];
/** The package's own names a folder that is not there. */
const FONTS_CONF = '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig><dir prefix="relative">fonts</dir></fontconfig>\n';

/**
 * @param main the package's main file. @returns the browser with the system's libraries, then with those of the package.
 * Rejects when it cannot be unpacked (a full disk, a package of another make).
 */
export async function unpackChromium(main: string, folder: string): Promise<Program[]> {
  const home = dirname(dirname(dirname(main)));
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  const target = join(folder, 'browsers', `packed-${version.replace(/[^\w.]/g, '_')}`);
  if (!existsSync(target)) await unpack(join(home, 'bin'), target);
  const fonts: Record<string, string> = hasFonts() ? {} : { FONTCONFIG_PATH: target };
  const plain: Program = { path: join(target, 'chromium'), from: PACKED, mounts: [target], env: fonts };
  const libraries = join(target, 'al2023', 'lib');
  return existsSync(libraries) ? [plain, { ...plain, env: { ...fonts, LD_LIBRARY_PATH: libraries } }] : [plain];
}

/** Whether text can be drawn: without any font pages are blank where there should be letters. */
export function hasFonts(): boolean {
  const holds = (folder: string): boolean => {
    try {
      return readdirSync(folder, { withFileTypes: true }).some((entry) => (entry.isDirectory() ? holds(join(folder, entry.name)) : /\.(ttf|otf|ttc|pfb)$/i.test(entry.name)));
    } catch {
      return false;
    }
  };
  return existsSync('/etc/fonts/fonts.conf') && holds('/usr/share/fonts');
}

/** Other agents of this folder may do the same at the same time: the first to be ready wins. */
async function unpack(from: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const fresh = await mkdtemp(`${target}-`);
  try {
    await pipeline(createReadStream(join(from, 'chromium.br')), createBrotliDecompress(), createWriteStream(join(fresh, 'chromium')));
    for (const archive of ARCHIVES.filter((name) => existsSync(join(from, name)))) await unpackArchive(join(from, archive), fresh);
    await writeFile(join(fresh, 'fonts.conf'), FONTS_CONF);
    await chmod(join(fresh, 'chromium'), 0o755);
    await chmod(fresh, 0o755);
    await rename(fresh, target).catch((error: unknown) => { if (!existsSync(target)) throw error; });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function unpackArchive(archive: string, fresh: string): Promise<void> {
  const cwd = archive.endsWith(LIBRARIES) ? join(fresh, 'al2023') : fresh;
  await mkdir(cwd, { recursive: true });
  await pipeline(createReadStream(archive), createBrotliDecompress(), extract({ cwd, preserveOwner: false }));
}
