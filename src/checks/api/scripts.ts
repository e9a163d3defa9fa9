/**
 * The scripts of an API check and its group around the request (B.6, "Run order"; B.15).
 * Promises: setup is the group's, then the check's; teardown is the check's, then the group's; what one has changed the next one sees.
 */
import type { BeforeJudging } from '../kit/http.ts';
import { HTTP_METHODS, type HttpSettings } from '../kit/httpSettings.ts';
import type { ProbeContext } from '../kit/probe.ts';
import type { KeyValue } from '../kit/schemas.ts';
import type { ScriptEnd, ScriptJob, ScriptRequest } from '../kit/scripts.ts';
import { cutText } from '../kit/storedBody.ts';
import { renderTemplate } from '../kit/template.ts';
import type { ApiSettings } from './schema.ts';

type Env = Readonly<Record<string, string>>;
type Script = Pick<ScriptJob, 'text' | 'path' | 'files'>;
export interface Scripts { setup: Script[]; teardown: Script[] }

/** In the order in which they run; blank ones are none. */
export function scriptsOf(settings: ApiSettings): Scripts {
  const { group, sharedFiles: files = [] } = settings;
  const script = (text: string | null | undefined, path: string | null | undefined): Script[] => (text?.trim() ? [{ text, path: path ?? null, files }] : []);
  return {
    setup: [...script(group?.localSetupScript, null), ...script(settings.localSetupScript, settings.setupScriptPath)],
    teardown: [...script(settings.localTearDownScript, settings.tearDownScriptPath), ...script(group?.localTearDownScript, null)],
  };
}

const NO_RUNNER = 'This agent runs no scripts.';
const run = async (job: ScriptJob, { scripts }: ProbeContext): Promise<ScriptEnd> => (scripts ? scripts(job) : { kind: 'fault', sentence: NO_RUNNER });

export type SetUp = { kind: 'done'; request: HttpSettings; env: Env } | Exclude<ScriptEnd, { kind: 'done' }>;

/** The request and the variables as the scripts leave them; templates are filled in only afterwards, in what they wrote too. */
export async function runSetup(scripts: readonly Script[], request: HttpSettings, env: Env, context: ProbeContext): Promise<SetUp> {
  let now = { request, env };
  for (const script of scripts) {
    const given = asScriptSees(now.request);
    const address = renderTemplate(now.request.url, now.env, context);
    const end = await run({ ...script, phase: 'setup', env: { ...now.env, REQUEST_URL: address }, request: given, response: null }, context);
    if (end.kind !== 'done') return end;
    const changed = changedRequest(now.request, given, end.request);
    if (typeof changed === 'string') {
      context.log('ERROR', changed, 'setup');
      return { kind: 'failed', message: changed };
    }
    now = { request: changed, env: end.env };
  }
  return { kind: 'done', ...now };
}

function asScriptSees({ method, url, body, headers, queryParameters }: HttpSettings): ScriptRequest {
  return { method, url, body, headers: mapOf(headers), queryParameters: mapOf(queryParameters) };
}

function mapOf(list: readonly KeyValue[]): Record<string, string> {
  const map: Record<string, string> = {};
  for (const { key, value } of list) map[key] = Object.hasOwn(map, key) ? `${map[key]}, ${value}` : value;
  return map;
}

/** The sentence says why it is no request. */
function changedRequest(before: HttpSettings, given: ScriptRequest, after: ScriptRequest): HttpSettings | string {
  const method = HTTP_METHODS.find((known) => known === after.method.toUpperCase());
  if (!method) return `The setup script has set request.method to "${after.method}": it must be one of ${HTTP_METHODS.join(', ')}.`;
  return {
    ...before, method, url: after.url, body: after.body,
    headers: changedList(before.headers, given.headers, after.headers),
    queryParameters: changedList(before.queryParameters, given.queryParameters, after.queryParameters),
  };
}

/** What a script has left alone stays as it was configured: repeated, and locked where it is. */
function changedList(before: readonly KeyValue[], given: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): KeyValue[] {
  const kept = before.filter(({ key }) => after[key] === given[key]);
  const changed = Object.entries(after).filter(([key, value]) => given[key] !== value);
  return [...kept, ...changed.map(([key, value]) => ({ key, value, locked: before.some((entry) => entry.key === key && entry.locked) }))];
}

/**
 * Runs the teardown scripts on an answer; each sees the body that the one before has left. An exception does not keep the others from
 * running. Without an answer (`response` is null in the scripts) they run too, to clear away what setup has made.
 */
export function teardownWith(scripts: readonly Script[], env: Env, context: ProbeContext): BeforeJudging | undefined {
  if (scripts.length === 0) return undefined;
  return async (request, response) => {
    const start = cutText(response?.body ?? '');
    if (start.cut) context.log('WARN', 'The response body is longer than a script is given: response.body is cut.', 'teardown');
    let now = { env: { ...env, REQUEST_URL: request.url } as Env, body: start.text };
    let failure: string | null = null;
    for (const script of scripts) {
      const end = await run({ ...script, phase: 'teardown', env: now.env, request, response: response && { ...response, body: now.body } }, context);
      if (end.kind === 'cancelled' || end.kind === 'fault') return end;
      if (end.kind === 'done') now = { env: end.env, body: end.body ?? now.body };
      else failure ??= end.message;
    }
    return { kind: 'done', failure, body: now.body === start.text ? null : now.body };
  };
}
