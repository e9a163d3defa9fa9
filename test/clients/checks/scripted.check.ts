import { ApiCheck, AssertionBuilder } from 'checkly/constructs';
import { httpUrl } from './targets.ts';

new ApiCheck('scripted', {
  name: 'green scripted',
  setupScript: { entrypoint: './scripts/setup.ts' },
  tearDownScript: { content: "response.body = JSON.stringify({ torn: response.statusCode })" },
  request: { method: 'GET', url: `${httpUrl}/echo`, assertions: [AssertionBuilder.jsonBody('$.torn').equals(200)] },
});
