/** How the pages are built: `src/web` into `dist/web`, from where the server serves them. Nothing is loaded from elsewhere. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = join(import.meta.dirname, 'dist', 'web');

/** Each script and style once more, compressed: the server sends what the browser takes. */
const compress = (): Plugin => ({
  name: 'compress',
  closeBundle() {
    const folder = join(OUT, 'assets');
    for (const name of readdirSync(folder).filter((file) => /\.(js|css|svg)$/.test(file))) {
      const bytes = readFileSync(join(folder, name));
      writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes));
      writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    }
  },
});

export default defineConfig({
  root: join(import.meta.dirname, 'src', 'web'),
  base: '/web/',
  build: {
    outDir: OUT, emptyOutDir: true, target: 'es2022', sourcemap: false, reportCompressedSize: false,
    // The content policy allows no data: scripts, and the preload polyfill is an inline one.
    modulePreload: { polyfill: false }, assetsInlineLimit: 0,
    // Libraries mark files for a kind of server that is not used here; the builder would warn of each.
    rolldownOptions: {
      onLog: (level, log, handle) => { if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log); },
      checks: { pluginTimings: false },
    },
  },
  plugins: [compress()],
});
