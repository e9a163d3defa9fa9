import { ApiCheck, UrlMonitor } from 'checkly/constructs';
import { httpUrl } from './targets.ts';

// Answered only when the test lets them go. TARGET_RUN keeps the runs of several tests apart, TARGET_HELD says how many there are.
const address = `${httpUrl}/held?run=${process.env['TARGET_RUN'] ?? ''}`;
const count = Number(process.env['TARGET_HELD'] ?? 2);
for (let number = 1; number <= count; number++) {
  if (number % 2 === 0) new UrlMonitor(`held-${number}`, { name: `green held ${number}`, degradedResponseTime: 30_000, maxResponseTime: 30_000, request: { url: address } });
  else new ApiCheck(`held-${number}`, { name: `green held ${number}`, degradedResponseTime: 30_000, maxResponseTime: 30_000, request: { method: 'GET', url: address } });
}
