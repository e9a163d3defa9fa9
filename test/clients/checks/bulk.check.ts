import { UrlAssertionBuilder, UrlMonitor } from 'checkly/constructs';
import { httpUrl } from './targets.ts';

for (let number = 1; number <= 500; number++) {
  new UrlMonitor(`bulk-${number}`, {
    name: `red bulk ${number}`, request: { url: `${httpUrl}/broken`, assertions: [UrlAssertionBuilder.statusCode().equals(200)] },
  });
}
