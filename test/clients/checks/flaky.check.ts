import { ApiCheck, AssertionBuilder } from 'checkly/constructs';
import { httpUrl } from './targets.ts';

const request = (path: string) => ({ method: 'GET' as const, url: `${httpUrl}${path}`, assertions: [AssertionBuilder.statusCode().equals(200)] });
// TARGET_RUN keeps the runs of several tests apart: each wants its own count.
new ApiCheck('flaky', { name: 'green at the second try', request: request(`/flaky?run=${process.env['TARGET_RUN'] ?? ''}`) });
new ApiCheck('always-red', { name: 'red at every try', request: request('/broken') });
