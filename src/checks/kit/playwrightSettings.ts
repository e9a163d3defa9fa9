/** Settings that browser and multistep checks share (C.2, C.3), their rules, and the job that they become. */
import { Type } from 'typebox';
import { Nullable, type Static } from '../../contract/base.ts';
import { CURRENT_RUNTIME, RUNTIMES } from '../../contract/runtimes.ts';
import type { SingleFileJob } from './playwright.ts';
import type { ProbeContext } from './probe.ts';
import { CheckFields, FileIndexes, isProjectPath, ScriptPath, SharedFiles } from './schemas.ts';

/** ms for the whole run (C.1). */
export const SINGLE_FILE_LIMIT_MS = 240_000;

const Snapshot = Type.Object({ key: Type.String({ minLength: 1, maxLength: 200 }), path: Type.String({ minLength: 1, maxLength: 1024 }) });

export const SingleFileFields = Type.Object({
  ...CheckFields.properties,
  script: Type.String({ minLength: 1 }),
  scriptPath: ScriptPath,
  dependencies: FileIndexes,
  sharedFiles: SharedFiles,
  snapshots: Type.Optional(Nullable(Type.Array(Snapshot))),
  playwrightConfig: Type.Optional(Nullable(Type.Object({}, { additionalProperties: true }))),
}, { additionalProperties: true });
export type SingleFileFields = Static<typeof SingleFileFields>;

/** The first broken rule as a sentence that names the field, or null. */
export function singleFileRules({ script, scriptPath, snapshots, runtimeId }: SingleFileFields): string | null {
  if (script.trim() === '') return 'script must not be blank.';
  if (scriptPath && !isProjectPath(scriptPath)) return `scriptPath "${scriptPath}" must be relative to the project and stay inside of it.`;
  const stray = (snapshots ?? []).findIndex(({ path }) => !isProjectPath(path));
  if (stray >= 0) return `snapshots/${stray}/path "${snapshots?.[stray]?.path}" must be relative to the project and stay inside of it.`;
  if (runtimeId && !RUNTIMES.some(({ name }) => name === runtimeId)) {
    return `runtimeId "${runtimeId}" is no runtime: one of ${RUNTIMES.map(({ name }) => name).join(', ')}.`;
  }
  return null;
}

/** The job for the agent. A runtime of former times is told in the log as what it is mapped to (B.16). */
export function singleFileJob(kind: SingleFileJob['kind'], settings: SingleFileFields, { env, log }: ProbeContext): SingleFileJob {
  const group = settings.group as { runtimeId?: unknown } | null | undefined;
  const runtime = settings.runtimeId || group?.runtimeId;
  if (typeof runtime === 'string' && runtime !== CURRENT_RUNTIME) {
    log('WARN', `Runtime ${runtime} is mapped to ${CURRENT_RUNTIME}, the one that checks run on here: versions of packages may differ.`);
  }
  return {
    kind, script: settings.script, scriptPath: settings.scriptPath || null, files: settings.sharedFiles ?? [], snapshots: settings.snapshots ?? [],
    updateSnapshots: settings.sourceInfo?.updateSnapshots === true, playwrightConfig: (settings.playwrightConfig ?? null) as SingleFileJob['playwrightConfig'], env, limitMs: SINGLE_FILE_LIMIT_MS,
  };
}
