/** How the files of a job find each other and their packages: as bundlers do it, which people's projects are written for. */
import { readFileSync, statSync } from 'node:fs';
import { createRequire, isBuiltin, registerHooks } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Import, ProcessSetting } from './messages.ts';
import { toJavaScript } from './typeScript.ts';

/** Endings may be left out, and `.js` may stand for `.ts`. */
const ENDINGS = ['', '.ts', '.js', '.mjs', '.cjs', '.mts', '.cts', '.json', '/index.ts', '/index.js'];
const IS_PATH = /^(\.{1,2}(\/|$)|\/|file:)/;

const pathOf = (place: string): string => (place.startsWith('file:') ? fileURLToPath(place) : place);

function findFile(specifier: string, parent: string): string | null {
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(dirname(pathOf(parent)), specifier);
  const names = [...ENDINGS.map((ending) => path + ending), path.replace(/\.([mc]?)js$/, '.$1ts')];
  return names.find((name) => statSync(name, { throwIfNoEntry: false })?.isFile()) ?? null;
}

/** What CommonJS gives to its modules, and what compiled projects use in modules of the other kind too. */
const GIVEN = {
  require: "import { createRequire as __assayRequire } from 'node:module'; const require = __assayRequire(import.meta.url);",
  __filename: 'const __filename = import.meta.filename;', __dirname: 'const __dirname = import.meta.dirname;',
};

/** Modules that are loaded with this text instead of what their file holds, by path. */
export const rewritten = new Map<string, string>();

/** An ECMAScript module in which these names are there, unless it declares them itself. */
function withCommonNames(code: string): string {
  const given = Object.entries(GIVEN).filter(([name]) => new RegExp(`(?<![\\w$.])${name}(?![\\w$])`).test(code)
    && !new RegExp(`\\b(?:const|let|var|function|class|import|as)\\s+(?:[^;=()]*[\\s,{])?${name}(?![\\w$])`).test(code));
  return given.map(([, declared]) => declared).join(' ') + code;
}

/** From now on imports in `folder` follow these rules; imports of packages among themselves stay Node's own. @returns what is imported, as it comes. */
export function ruleImports(folder: string, { packages, packagesFrom, elsewhere }: ProcessSetting): Import[] {
  const ours = `${pathToFileURL(folder).href}/`;
  const isOurs = (place: string) => place.startsWith(ours) || place.startsWith(`${folder}/`);
  const imported: Import[] = [];
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL ?? ours;
      if (isBuiltin(specifier) || !isOurs(parent)) return next(specifier, context);
      const by = context.conditions?.includes('require') ? 'require' : 'import';
      if (IS_PATH.test(specifier)) {
        const path = findFile(specifier, parent);
        const importAttributes = path?.endsWith('.json') && by === 'import' ? { ...context.importAttributes, type: 'json' } : context.importAttributes;
        // `require` knows paths, `import` knows URLs.
        const found = next(path === null ? specifier : by === 'require' ? path : pathToFileURL(path).href, { ...context, importAttributes });
        return path === null ? found : { ...found, importAttributes };
      }
      const [name = specifier] = /^(@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
      if (!packages.includes(name)) throw new Error(absent(name, packages, elsewhere));
      if (!imported.some((one) => one.name === name && one.by === by)) imported.push({ name, by });
      if (by === 'require') return next(createRequire(packagesFrom).resolve(specifier), context);
      return next(specifier, { ...context, parentURL: packagesFrom });
    },
    load(url, context, next) {
      const given = rewritten.get(pathOf(url));
      if (given !== undefined) return { format: 'module', source: withCommonNames(given), shortCircuit: true };
      if (isOurs(url) && TYPED.test(url)) return loadTyped(pathOf(url));
      const loaded = next(url, context);
      if (!isOurs(url) || loaded.format !== 'module' || loaded.source === null || loaded.source === undefined) return loaded;
      const text = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: withCommonNames(text) };
    },
  });
  return imported;
}

const TYPED = /\.([mc]?)ts$/;
const IS_MODULE = /^\s*(import\s*[\w${*'"]|export\b)|\bimport\.meta\b/m;

/** Node itself would refuse what is more than types, before it knows the kind of the module. */
function loadTyped(path: string): { format: string; source: string; shortCircuit: true } {
  const text = readFileSync(path, 'utf8');
  const code = toJavaScript(text) ?? text;
  const kind = TYPED.exec(path)?.[1];
  const isModule = kind === 'm' || (kind !== 'c' && IS_MODULE.test(text));
  return { format: isModule ? 'module' : 'commonjs', source: isModule ? withCommonNames(code) : code, shortCircuit: true };
}

function absent(name: string, packages: readonly string[], elsewhere: ProcessSetting['elsewhere']): string {
  const why = Object.hasOwn(elsewhere, name) ? ` (${elsewhere[name]})` : '';
  return `The package "${name}" is not available to setup and teardown scripts${why}; ${packages.length ? `these are: ${packages.join(', ')}` : 'no package is'}.`;
}
