/** Whether a script is a file of tests, or a plain script that uses Playwright as a library (C.2): a file of tests imports `test`. */
import { posix } from 'node:path';

interface Source { path: string; content: string }

const RUNNER = /^(@playwright\/test|playwright\/test)$/;
/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `… = require('x')`. */
const IMPORTS = /(?:\b(import|export)\s+(type\s+)?([^'";]*?)\s*from\s*|\bimport\s*|(?:\b(?:const|let|var)\s+([^=;]+?)=\s*)?(?:await\s+)?(?:require|import)\s*\(\s*)['"`]([^'"`\n]+)['"`]/g;
const ENDINGS = ['', '.ts', '.js', '.mjs', '.cjs', '.mts', '.cts', '.tsx', '.jsx', '/index.ts', '/index.js'];

/** Comments in which somebody has written an import do not count; strings that look like comments may go with them. */
const withoutComments = (text: string): string => text.replace(/\/\*[^]*?\*\//g, ' ').replace(/(^|[\s;{}()])\/\/[^\n]*/g, '$1');

/** Also through files of the user's own, as fixtures are made. */
export function importsTest(entry: Source, files: readonly Source[]): boolean {
  const byPath = new Map(files.map((file) => [posix.normalize(file.path), file]));
  const seen = new Set<string>();
  const looksLikeTests = (file: Source): boolean => {
    const text = withoutComments(file.content);
    for (const [, , asType, named = '', bound = '', from = ''] of text.matchAll(IMPORTS)) {
      if (asType) continue;
      const names = `${named} ${bound}`;
      if (RUNNER.test(from)) {
        if (takesTest(names, text)) return true;
      } else if (/^\.{0,2}\//.test(from)) {
        const base = posix.join(posix.dirname(posix.normalize(file.path)), from);
        const found = [...ENDINGS.map((ending) => base + ending), base.replace(/\.([mc]?)js$/, '.$1ts')].map((path) => byPath.get(path)).find((one) => one !== undefined);
        if (!found || seen.has(found.path)) continue;
        seen.add(found.path);
        if (looksLikeTests(found)) return true;
      }
    }
    return false;
  };
  return looksLikeTests(entry);
}

/** `{ test }`, `{ test as base }`, `* as pw` and `pw` where `pw.test` is used. */
function takesTest(names: string, text: string): boolean {
  if (/\{[^}]*\btest\b/.test(names)) return true;
  const whole = /(?:\*\s+as\s+)?([\w$]+)\s*(?:,|$)/.exec(names.replace(/\{[^}]*\}/, '').trim())?.[1];
  if (whole !== undefined) return whole === 'test' || new RegExp(`(?<![\\w$.])${whole.replaceAll('$', '\\$')}\\s*\\.\\s*test\\b`).test(text);
  return names.trim() === '' && /\bexport\b/.test(text);
}
