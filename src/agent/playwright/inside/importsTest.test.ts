import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsTest } from './importsTest.ts';

const says = (content: string, files: { path: string; content: string }[] = []) => importsTest({ path: 'src/a.spec.ts', content }, files);

test('files of tests import `test`, in whichever way', () => {
  for (const text of [
    "import { test } from '@playwright/test'", 'import { expect, test as base } from "@playwright/test";', "const { test, expect } = require('@playwright/test');", "import {\n  test,\n  expect,\n} from '@playwright/test';",
    "import * as pw from '@playwright/test';\npw.test('a', () => {});", "const pw = require('@playwright/test');\npw.test.describe('x', () => {});", "import test from '@playwright/test';", "import { test } from 'playwright/test';",
  ]) assert.equal(says(text), true, text);
});

test('plain scripts do not', () => {
  for (const text of [
    "const { chromium } = require('playwright');", "import { chromium, expect } from '@playwright/test';", "import type { test } from '@playwright/test';", "// import { test } from '@playwright/test'\nimport { chromium } from 'playwright';",
    "/* import { test } from '@playwright/test' */ const { chromium } = require('playwright')", "const pw = require('@playwright/test');\nconst browser = await pw.chromium.launch();", 'await page.click("test");',
  ]) assert.equal(says(text), false, text);
});

test('fixtures of the user\'s own count, through files that import each other', () => {
  const fixtures = { path: 'src/lib/fixtures.ts', content: "import { test as base } from '@playwright/test';\nexport const test = base.extend({});" };
  assert.equal(says("import { test } from './lib/fixtures';", [fixtures]), true);
  assert.equal(says("import { test } from './lib/fixtures.js';", [fixtures]), true);
  assert.equal(says("import { helper } from './lib/helper';", [fixtures, { path: 'src/lib/helper.ts', content: "import { a } from '../a.spec';\nexport const helper = 1;" }]), false);
  assert.equal(says("import { test } from './index';", [fixtures, { path: 'src/index.ts', content: "export { test } from './lib/fixtures';" }]), true);
});
