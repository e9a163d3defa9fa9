/**
 * The API probe (B.6): merge with the group, send, judge.
 * Promises: all that `kit/http.ts` promises; a check with scripts ends before any request, and says why.
 * Never: runs a script.
 */
import { unanswered, probeHttp } from '../kit/http.ts';
import type { Probe } from '../kit/probe.ts';
import { withGroupDefaults } from './groupDefaults.ts';
import type { ApiSettings } from './schema.ts';

const NO_SCRIPTS = 'Setup and teardown scripts are not supported by this version of Assay yet.';

export const probeApi: Probe<ApiSettings> = async (settings, context) => {
  const { request, assertions, env } = withGroupDefaults(settings, context.env, context);
  if (hasScripts(settings) || (settings.group && hasScripts(settings.group))) {
    context.log('ERROR', NO_SCRIPTS, 'setup');
    return { ...unanswered(assertions, {}, NO_SCRIPTS), verdict: 'errored', fault: NO_SCRIPTS };
  }
  const { degradedResponseTime, maxResponseTime, shouldFail = false } = settings;
  return probeHttp({ request, assertions, env, shouldFail, degradedResponseTime, maxResponseTime }, context);
};

type Scripts = Pick<ApiSettings, 'localSetupScript' | 'localTearDownScript' | 'setupSnippetId' | 'tearDownSnippetId'>;

function hasScripts({ localSetupScript, localTearDownScript, setupSnippetId, tearDownSnippetId }: Scripts): boolean {
  return [localSetupScript, localTearDownScript].some((script) => (script ?? '').trim() !== '')
    || (setupSnippetId ?? null) !== null || (tearDownSnippetId ?? null) !== null;
}
