/** TypeScript to JavaScript, file by file: types are blanked out, and what is more than types (enums, namespaces, parameter properties) is rewritten. */
import { stripTypeScriptTypes } from 'node:module';

/** Null for what is no TypeScript. Lines stay where they are unless something had to be rewritten. */
export function toJavaScript(text: string): string | null {
  for (const mode of ['strip', 'transform'] as const) {
    try {
      return withoutUnused(stripTypeScriptTypes(text, { mode }), text);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return null;
    }
  }
  return null;
}

const IMPORT = /^([ \t]*import\s+)((?:[\w$]+\s*,\s*)?\{[^{}'"`]*\}|[\w$]+)(\s*from\s*(?:'[^'\n]*'|"[^"\n]*"))/gm;

/**
 * Names that were imported as types, without the word `type`, are used nowhere once the types are gone: compilers of TypeScript
 * leave such imports out, and so must we, as the other module has no such name.
 */
function withoutUnused(code: string, original: string): string {
  const body = code.replace(IMPORT, '');
  const uses = (name: string) => new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(body);
  return code.replace(IMPORT, (whole, head: string, clause: string, from: string) => {
    const lines = '\n'.repeat(whole.split('\n').length - 1);
    const [, ahead = '', list = null] = /^([\w$]*)\s*,?\s*(?:\{([^]*)\})?$/.exec(clause) ?? [];
    const names = (list ?? '').split(',').map((name) => name.trim()).filter(Boolean);
    const kept = names.filter((name) => uses(/(?:\bas\s+)?([\w$]+)$/.exec(name)?.[1] ?? name));
    const first = ahead !== '' && uses(ahead) ? ahead : '';
    // What is imported for nothing in plain JavaScript is imported all the same.
    if (code === original || (kept.length === names.length && first === ahead)) return whole;
    const named = kept.length > 0 ? `{ ${kept.join(', ')} }` : '';
    return first === '' && named === '' ? lines : `${head}${[first, named].filter(Boolean).join(', ')}${from}${lines}`;
  });
}
