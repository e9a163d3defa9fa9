/** The settings of a suite (C.5): what is enforced, what holds where the user has set nothing. Pure but for the environment that it is given. */
import { resolve } from 'node:path';

export interface SuiteOptions {
  /** Whether videos can be made here: Playwright refuses to start where they are asked for and cannot be. */
  video: boolean;
  env: Record<string, string | undefined>;
  /** In the process that reports; `flags`: what `--reporter` named. */
  reporters: { ours: [path: string, options: object]; json: string; flags: readonly string[] | null } | null;
}

interface Use { trace?: unknown; video?: unknown; screenshot?: unknown }
interface Config { use?: Use; projects?: unknown; reporter?: unknown; workers?: unknown; retries?: unknown }

/** C.5; videos and screenshots of failures are kept unless the user says otherwise. */
const WORKERS = 4;
const RETRIES = 2;

/** @param given what the user's config module exports. What is no config stays as it is: Playwright says what is wrong with it. */
export function suiteConfig(given: unknown, options: SuiteOptions): unknown {
  const user = exported(given);
  if (typeof user !== 'object' || user === null || Array.isArray(user)) return user;
  const config = user as Config;
  const { projects } = config;
  return {
    ...config,
    workers: config.workers ?? WORKERS, retries: config.retries ?? RETRIES,
    use: { ...config.use, trace: traced(config.use?.trace), screenshot: config.use?.screenshot ?? 'only-on-failure', ...videoOf(config.use?.video ?? 'retain-on-failure', options) },
    ...(Array.isArray(projects) ? { projects: projects.map((project: unknown) => withProject(project, options)) } : {}),
    ...(options.reporters === null ? {} : { reporter: reportersOf(config.reporter, options.reporters, options.env) }),
  };
}

/** A module's `default`, and that of a module which was compiled to CommonJS. */
function exported(given: unknown): unknown {
  let found = given;
  for (let depth = 0; depth < 2 && typeof found === 'object' && found !== null && 'default' in found; depth++) found = found.default;
  return found;
}

const traced = (trace: unknown): unknown => (typeof trace === 'object' && trace !== null ? { ...trace, mode: 'on' } : 'on');

const videoOf = (video: unknown, { video: can }: SuiteOptions): { video: unknown } => ({ video: can ? video : 'off' });

function withProject(project: unknown, options: SuiteOptions): unknown {
  const { use } = (project ?? {}) as { use?: Use };
  if (typeof use !== 'object' || use === null) return project;
  return {
    ...(project as object),
    use: { ...use, ...(use.trace === undefined ? {} : { trace: traced(use.trace) }), ...(use.video === undefined ? {} : videoOf(use.video, options)) },
  };
}

function reportersOf(configured: unknown, { ours, json, flags }: NonNullable<SuiteOptions['reporters']>, env: SuiteOptions['env']): unknown {
  const named = flags?.map((name) => [name]) ?? (typeof configured === 'string' ? [[configured]] : configured ?? [['list']]);
  if (!Array.isArray(named)) return named;
  const variable = JSON_FILE.find((name) => env[name]);
  const outputFile = variable === undefined ? undefined : resolve(String(env[variable]));
  for (const name of JSON_FILE) delete env[name];
  const users = named.map((one: unknown) => (outputFile !== undefined && Array.isArray(one) && one[0] === 'json' ? ['json', { ...(one[1] as object | undefined), outputFile }] : one));
  return [ours, ...users, ['json', { outputFile: json }]];
}

/** These name the file of every JSON reporter, ours too: the user's gets it by its options instead. */
const JSON_FILE = ['PLAYWRIGHT_JSON_OUTPUT_FILE', 'PLAYWRIGHT_JSON_OUTPUT_NAME'] as const;
