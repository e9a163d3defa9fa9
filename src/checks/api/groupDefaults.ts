/** What an API check becomes inside its group: the group's defaults come first (B.6, "Run order"; J.5). */
import type { AssertionInput } from '../kit/assertions.ts';
import type { HttpSettings } from '../kit/httpSettings.ts';
import type { KeyValue } from '../kit/schemas.ts';
import { renderTemplate } from '../kit/template.ts';
import type { ApiSettings } from './schema.ts';

export interface MergedRequest { request: HttpSettings; assertions: AssertionInput[]; env: Readonly<Record<string, string>> }

/**
 * The check's request with the group's headers (the check's own win over those of the same name), query parameters and
 * assertions in front, the group's basic auth where the check has none, and the group's address as GROUP_BASE_URL.
 */
export function withGroupDefaults(
  { request, group }: ApiSettings, env: Readonly<Record<string, string>>, clock: { now(): number },
): MergedRequest {
  const defaults = group?.apiCheckDefaults;
  if (!defaults) return { request, assertions: request.assertions, env };
  const named = new Set(request.headers.map(({ key }) => key.toLowerCase()));
  const headers = (defaults.headers ?? []).map(complete).filter(({ key }) => !named.has(key.toLowerCase()));
  const assertions = (defaults.assertions ?? []).map((assertion): AssertionInput => ({
    ...assertion, property: assertion.property ?? '', target: assertion.target ?? '', regex: assertion.regex ?? null,
  }));
  return {
    request: {
      ...request,
      headers: [...headers, ...request.headers],
      queryParameters: [...(defaults.queryParameters ?? []).map(complete), ...request.queryParameters],
      basicAuth: request.basicAuth?.username ? request.basicAuth : defaults.basicAuth ?? null,
    },
    assertions: [...assertions, ...request.assertions],
    // Filled in here, because values of variables are not expanded again (B.14).
    env: defaults.url ? { ...env, GROUP_BASE_URL: renderTemplate(defaults.url, env, clock) } : env,
  };
}

function complete(entry: Partial<KeyValue> & { key: string }): KeyValue {
  return { ...entry, value: entry.value ?? '' };
}
