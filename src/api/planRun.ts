/** A run request becomes a plan: each check through its own type's schema, variables merged, the place found (cli-wire 4.2). */
import type { FastifyRequest } from 'fastify';
import { hasScripts } from '../checks/api/schema.ts';
import { isProjectPath } from '../checks/kit/schemas.ts';
import { kindOf } from '../checks/schemas.ts';
import { REGIONS, type CheckType } from '../contract/checkTypes.ts';
import { refuse } from '../contract/errors.ts';
import { retryFromCode } from '../contract/retry.ts';
import type { RunBody } from '../contract/sessions.ts';
import type { Plan, PlannedCheck, RunLocation, SessionFacts } from '../sessions/plan.ts';
import { mergeVariables, type GivenVariable } from '../sessions/variables.ts';
import type { ApiDeps } from './deps.ts';
import { describeInvalid } from './refusals.ts';
import { mayUseSnippets, withSnippets } from './withSnippets.ts';

type Job = RunBody['checkRunJobs'][number] & { environmentVariables?: GivenVariable[] | null; group?: { environmentVariables?: GivenVariable[] | null } | null };

/** Refuses with 400 and the path of the first job field that breaks a rule. */
export async function planRun(deps: ApiDeps, request: FastifyRequest, body: RunBody): Promise<Plan> {
  const { accountId, userId, name } = request.principal;
  const recorded = body.shouldRecord !== false;
  const location = await locate(deps, accountId, body.runLocation);
  const account: GivenVariable[] = await deps.accounts.openVariables(accountId);
  const notices = location.privateLocationId === null ? [`Location ${location.code}: this server has one public place, and the check runs there.`] : [];
  const jobs = body.checkRunJobs.map((job, index) => withRunFields(job as Job, body, `body/checkRunJobs/${index}`));
  const snippets = jobs.some(mayUseSnippets) ? await deps.accounts.openSnippets(accountId) : [];
  const checks = jobs.map((job, index) => planCheck(request, withSnippets(job, snippets), { job, path: `body/checkRunJobs/${index}` }, account, notices));
  refuseDuplicates(checks);
  await refuseStrayBundles(deps, accountId, checks);
  const projectId = body.project && recorded
    ? await deps.accounts.upsertProject(accountId, { logicalId: body.project.logicalId, name: body.name, repoUrl: body.repoInfo?.repoUrl ?? null }) : null;
  return {
    accountId, name: body.name, provider: 'API', recorded, runSource: recorded ? 'TEST_RECORD' : 'TEST_NO_RECORD', projectId, location,
    suiteId: suiteOf(body), streamLogs: body.streamLogs === true, invoker: { userId, name: userId === null ? null : name }, facts: factsOf(body), checks,
  };
}

/** All jobs of a run carry the same suite id: it names the MQTT channel. */
function suiteOf(body: RunBody): string | null {
  const ids = new Set(body.checkRunJobs.map((job) => job.sourceInfo?.checkRunSuiteId ?? ''));
  if (ids.size > 1) throw refuse.badRequest('body/checkRunJobs/*/sourceInfo/checkRunSuiteId must be the same in all jobs.');
  return [...ids][0] || null;
}

function refuseDuplicates(checks: readonly PlannedCheck[]): void {
  const seen = new Set<string>();
  for (const [index, { logicalId }] of checks.entries()) {
    if (seen.has(logicalId)) throw refuse.badRequest(`body/checkRunJobs/${index}/logicalId "${logicalId}" is used twice.`);
    seen.add(logicalId);
  }
}

/** A suite's project is an upload of its own account, and is still there (cli-wire 8). */
async function refuseStrayBundles({ read }: ApiDeps, accountId: string, checks: readonly PlannedCheck[]): Promise<void> {
  for (const [index, { checkType, settings }] of checks.entries()) {
    if (checkType !== 'PLAYWRIGHT') continue;
    const { codeBundlePath } = settings as { codeBundlePath: string };
    const [, id = ''] = /^bundle\/([0-9a-f-]{36})$/.exec(codeBundlePath) ?? [];
    const found = await read.selectFrom('assets').select('id').where('id', '=', id).where('name', '=', 'bundle').where('account_id', '=', accountId)
      .where('result_id', 'is', null).executeTakeFirst();
    if (!found) throw refuse.badRequest(`body/checkRunJobs/${index}/codeBundlePath "${codeBundlePath}" is no code bundle that this account has uploaded.`);
  }
}

/** A public region of the enumeration, or a private location by slug (H.6). */
export async function locate(deps: ApiDeps, accountId: string, place: RunBody['runLocation']): Promise<RunLocation> {
  if (place.type === 'PUBLIC') {
    if (!(place.region in REGIONS)) throw refuse.badRequest(`body/runLocation/region "${place.region}" is not a region: one of ${Object.keys(REGIONS).join(', ')}.`);
    return { code: place.region, locationId: 'public', privateLocationId: null, proxyUrl: null };
  }
  const found = await deps.accounts.findLocationBySlug(accountId, place.slugName);
  if (!found) throw refuse.badRequest(`body/runLocation/slugName "${place.slugName}" is not a private location of this account.`);
  return { code: found.slug, locationId: found.id, privateLocationId: found.id, proxyUrl: found.proxyUrl };
}

/** @param complete the job with its snippets, or why it cannot have them. */
function planCheck(
  request: FastifyRequest, complete: Job | string, { job: given, path }: { job: Job; path: string }, account: readonly GivenVariable[], notices: string[],
): PlannedCheck {
  const job = typeof complete === 'string' ? given : complete;
  const checkType = job.checkType as CheckType;
  const kind = kindOf(checkType);
  const planned = {
    logicalId: job.logicalId, checkId: null, checkType, name: job.name, filePath: job.filePath ?? null, checkRunId: job.sourceInfo?.checkRunId ?? null,
    weight: kind.weight, settings: job, variables: [], retryStrategy: retryFromCode(job.testRetryStrategy), notices,
  };
  if (!kind.runs) return { ...planned, scheduleError: `${checkType} checks are not supported by this version of Assay yet.` };
  const validate = request.getValidationFunction(kind.schema) ?? request.compileValidationSchema(kind.schema, 'body');
  if (!validate(job)) throw describeInvalid(validate.errors ?? [], path);
  const broken = kind.rules(job as never);
  if (broken !== null) throw refuse.badRequest(`${path}: ${broken}`);
  const variables = mergeVariables(account, job.group?.environmentVariables ?? [], job.environmentVariables ?? []);
  // A process of the user's takes a heavy slot (Assignment.weight).
  const weight = checkType === 'API' && hasScripts(job as never) ? 'heavy' : kind.weight;
  return { ...planned, weight, variables, scheduleError: typeof complete === 'string' ? complete : null };
}

/** A job with what the body says for all of its jobs, as far as its type wants it. */
function withRunFields(job: Job, { sharedFiles, refreshCache }: RunBody, path: string): Job {
  if (job.checkType === 'PLAYWRIGHT') return { ...job, refreshCache: refreshCache === true } as Job;
  return withSharedFiles(job, sharedFiles ?? [], path);
}

/** The fields of each type that name files by their position in the run's list. */
const DEPENDENCIES: Readonly<Partial<Record<string, readonly string[]>>> = {
  API: ['setupScriptDependencies', 'tearDownScriptDependencies'], BROWSER: ['dependencies'], MULTI_STEP: ['dependencies'],
};

/** A check with the files that its scripts import, and no others; refuses indexes and paths that name none (cli-wire 4.2). */
function withSharedFiles(job: Job, files: NonNullable<RunBody['sharedFiles']>, path: string): Job {
  const fields = DEPENDENCIES[job.checkType];
  if (!fields) return job;
  const needed = new Set<number>();
  for (const field of fields) {
    const list = (job as Partial<Record<string, unknown>>)[field];
    if (!Array.isArray(list)) continue; // what else it may be is for the schema to say
    for (const [at, index] of list.entries()) {
      if (!Number.isInteger(index) || !Object.hasOwn(files, String(index))) throw refuse.badRequest(`${path}/${field}/${at} names no file of body/sharedFiles, which has ${files.length}.`);
      needed.add(Number(index));
    }
  }
  const sharedFiles = [...needed].map((index) => {
    const { path: name, content } = files[index] as { path: string; content: string };
    if (!isProjectPath(name)) throw refuse.badRequest(`body/sharedFiles/${index}/path "${name}" must be relative to the project and stay inside of it.`);
    return { path: name, content };
  });
  return { ...job, sharedFiles } as Job;
}

export function factsOf({ repoInfo, environment }: Pick<RunBody, 'repoInfo' | 'environment'>): SessionFacts {
  return {
    environment: environment || null, repoUrl: repoInfo?.repoUrl ?? null, commitId: repoInfo?.commitId ?? null, commitOwner: repoInfo?.commitOwner ?? null,
    commitMessage: repoInfo?.commitMessage ?? null, branchName: repoInfo?.branchName ?? null, github: (repoInfo?.github ?? null) as SessionFacts['github'],
  };
}
