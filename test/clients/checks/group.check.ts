import { ApiCheck, AssertionBuilder, CheckGroupV2 } from 'checkly/constructs';
import { httpUrl } from './targets.ts';

const group = new CheckGroupV2('group', {
  name: 'Shop',
  tags: ['grouped'],
  environmentVariables: [{ key: 'FLAVOUR', value: 'group' }, { key: 'ROOM', value: 'cellar' }],
  apiCheckDefaults: {
    url: httpUrl,
    headers: [{ key: 'x-from-group', value: '{{ROOM}}' }],
    queryParameters: [{ key: 'from', value: 'group' }],
    assertions: [AssertionBuilder.statusCode().equals(200)],
  },
});

new ApiCheck('grouped', {
  name: 'green grouped',
  group,
  environmentVariables: [{ key: 'TOKEN', value: 'canary-of-the-check', secret: true }, { key: 'CUP', value: 'espresso' }],
  request: {
    method: 'GET',
    url: '{{GROUP_BASE_URL}}/echo',
    headers: [
      { key: 'x-flavour', value: '{{{FLAVOUR}}}' }, { key: 'x-cup', value: '{{CUP}}' }, { key: 'x-token', value: '{{TOKEN}}' },
      { key: 'x-account', value: '{{{ACCOUNT_WIDE}}}' },
    ],
    assertions: [AssertionBuilder.jsonBody('$.headers.x-from-group').equals('cellar')],
  },
});
