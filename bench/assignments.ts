/** Checks of the bench, as the door takes them and as an agent is handed them. */
import { randomUUID } from 'node:crypto';
import { Value } from 'typebox/value';
import { kindOf } from '../src/checks/schemas.ts';
import type { CheckType } from '../src/contract/checkTypes.ts';
import type { Assignment } from '../src/protocol/assignment.ts';

/** A URL monitor with one assertion. */
export const urlCheck = (url: string) => ({
  logicalId: 'url-check', name: 'The shop answers', checkType: 'URL' as const,
  request: { url, assertions: [{ source: 'STATUS_CODE', comparison: 'EQUALS', target: '200', property: '' }] },
});

/** An API check with one assertion and perhaps a set-up script. */
export const apiCheck = (url: string, localSetupScript: string | null) => ({
  logicalId: 'api-check', name: 'The shop answers', checkType: 'API' as const, localSetupScript,
  request: { method: 'GET', url, assertions: [{ source: 'STATUS_CODE', comparison: 'EQUALS', target: '200', property: '' }] },
});

/** A TCP monitor that connects. */
export const tcpCheck = (port: number) => ({
  logicalId: 'tcp-check', name: 'The port is open', checkType: 'TCP' as const, request: { hostname: '127.0.0.1', port },
});

/** What an agent gets for a check, with the variables that every run is told about itself. */
export function assignmentOf(check: { checkType: CheckType; name: string }): Assignment {
  const [runId, accountId] = [randomUUID(), randomUUID()];
  const variables = Object.entries({
    CHECK_NAME: check.name, CHECK_TYPE: check.checkType, REGION: 'eu-west-1', ACCOUNT_ID: accountId, CHECK_RESULT_ID: runId, CHECK_RUN_ID: runId, CHECKLY: '1', CI: '1',
  }).map(([key, value]) => ({ key, value, secret: false }));
  return {
    runId, token: 1, sessionId: randomUUID(), sequenceId: randomUUID(), accountId, attempt: 1, checkType: check.checkType, name: check.name, weight: 'light',
    settings: Value.Default(kindOf(check.checkType).schema, structuredClone(check)), variables, location: 'eu-west-1', proxyUrl: null, certificates: [], notices: [], streamLogs: false,
  };
}
