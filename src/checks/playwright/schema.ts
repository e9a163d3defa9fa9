/** Settings of a Playwright suite (C.2, cli-wire 4.2), and the rules a schema cannot say. */
import { Type } from 'typebox';
import { Nullable, type Static } from '../../contract/base.ts';
import { CheckFields } from '../kit/schemas.ts';

/** Variables and shell text: what a process can be handed. */
const Command = Type.String({ minLength: 1, maxLength: 32_768, pattern: '^[^\\0]*$' });

export const PlaywrightSettings = Type.Object({
  ...CheckFields.properties,
  /** The key that the upload of the bundle was answered with. */
  codeBundlePath: Type.String({ minLength: 1, maxLength: 200 }),
  browsers: Type.Optional(Nullable(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 }))),
  /** Opaque: the client's own hash over lock file, manifests and registry settings. */
  cacheHash: Type.Optional(Nullable(Type.String({ maxLength: 200 }))),
  /** As the lock file says; the installed one is what runs. */
  playwrightVersion: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
  installCommand: Type.Optional(Nullable(Command)),
  testCommand: Type.Optional(Nullable(Command)),
  workingDir: Type.Optional(Nullable(Type.String({ maxLength: 1024 }))),
  engine: Type.Optional(Nullable(Type.String({ maxLength: 50 }))),
  engineVersion: Type.Optional(Nullable(Type.String({ maxLength: 50 }))),
  /** The run request's own field, put in by the door: packages are installed anew. */
  refreshCache: Type.Optional(Type.Boolean()),
}, { additionalProperties: true });
export type PlaywrightSettings = Static<typeof PlaywrightSettings>;

/** C.4 */
const DEFAULT_TEST_COMMAND = 'npx playwright test';

/** The commands and the folder that a suite is run with; blank ones are none. */
export function suiteCommands({ installCommand, testCommand, workingDir }: PlaywrightSettings): { installCommand: string | null; testCommand: string; workingDir: string } {
  const folder = (workingDir ?? '').split('/').filter((part) => part !== '' && part !== '.').join('/');
  return { installCommand: installCommand?.trim() || null, testCommand: testCommand?.trim() || DEFAULT_TEST_COMMAND, workingDir: folder || '.' };
}

/** The first broken rule as a sentence that names the field, or null. */
export function checkRules({ workingDir, engine, engineVersion }: PlaywrightSettings): string | null {
  if (workingDir && (/^[/\\]|\0/.test(workingDir) || workingDir.split('/').includes('..'))) {
    return `workingDir "${workingDir}" must be relative to the project and stay inside of it.`;
  }
  if (engine && !['node', 'bun'].includes(engine)) return `engine "${engine}" is unknown: node or bun.`;
  if (engine === 'bun' && Number.parseInt(engineVersion ?? '1', 10) >= 2) return `engineVersion "${engineVersion}" of bun is not supported.`;
  return null;
}
