/**
 * The URL probe (B.7): an API check reduced to a GET and its status.
 * Promises: all that `kit/http.ts` promises.
 * Never: headers, a body or credentials beyond those inside the URL.
 */
import { probeHttp } from '../kit/http.ts';
import type { Probe } from '../kit/probe.ts';
import type { UrlSettings } from './schema.ts';

export const probeUrl: Probe<UrlSettings> = ({ request, degradedResponseTime, maxResponseTime, shouldFail = false }, context) => {
  const { assertions, ...own } = request;
  return probeHttp({
    request: { ...own, body: '', bodyType: 'NONE', headers: [], queryParameters: [], basicAuth: null },
    assertions, env: context.env, shouldFail, degradedResponseTime, maxResponseTime,
  }, context);
};
