/**
 * The API probe (B.6): merge with the group, setup, send, teardown, judge.
 * Promises: all that `kit/http.ts` promises; after a setup that fails no request is sent and nothing is judged.
 * Never: runs a script itself; the agent does, where it can (`context.scripts`).
 */
import { unanswered, probeHttp } from '../kit/http.ts';
import type { Probe, ProbeOutcome } from '../kit/probe.ts';
import { renderAssertions } from '../kit/renderAssertions.ts';
import { renderTemplate } from '../kit/template.ts';
import { withGroupDefaults } from './groupDefaults.ts';
import type { ApiSettings } from './schema.ts';
import { runSetup, scriptsOf, teardownWith, type SetUp } from './scripts.ts';

const NO_SNIPPETS = 'The stored snippet that this check names has not come with it.';

export const probeApi: Probe<ApiSettings> = async (settings, context) => {
  const { request, assertions, env } = withGroupDefaults(settings, context.env, context);
  const unsent = (end: Exclude<SetUp, { kind: 'done' }>): ProbeOutcome => {
    const echoed = renderAssertions(assertions, env, context);
    if (end.kind === 'failed') return unanswered(echoed, {}, end.message);
    if (end.kind === 'cancelled') return { ...unanswered(echoed, {}, 'The run was cancelled before the setup scripts had completed.'), interrupted: true };
    context.log('ERROR', end.sentence, 'setup');
    return { ...unanswered(echoed, {}, end.sentence), verdict: 'errored', fault: end.sentence };
  };
  if (usesSnippets(settings) || (settings.group && usesSnippets(settings.group))) return unsent({ kind: 'fault', sentence: NO_SNIPPETS });
  const scripts = scriptsOf(settings);
  const ready = await runSetup(scripts.setup, request, env, context);
  if (ready.kind !== 'done') return unsent(ready);
  const changed = withGroupAddress(settings, env, ready.env, context);
  const { degradedResponseTime, maxResponseTime, shouldFail = false } = settings;
  return probeHttp({
    request: ready.request, assertions, env: changed, shouldFail, degradedResponseTime, maxResponseTime,
    beforeJudging: teardownWith(scripts.teardown, changed, context),
  }, context);
};

/** The group's address may be made of variables that setup has set; an address that setup has set itself stays. */
function withGroupAddress(
  { group }: ApiSettings, before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>, clock: { now(): number },
): Readonly<Record<string, string>> {
  const url = group?.apiCheckDefaults?.url;
  if (!url || before.GROUP_BASE_URL !== after.GROUP_BASE_URL) return after;
  return { ...after, GROUP_BASE_URL: renderTemplate(url, after, clock) };
}

type Snippets = Pick<ApiSettings, 'setupSnippetId' | 'tearDownSnippetId'>;

function usesSnippets({ setupSnippetId, tearDownSnippetId }: Snippets): boolean {
  return (setupSnippetId ?? null) !== null || (tearDownSnippetId ?? null) !== null;
}
