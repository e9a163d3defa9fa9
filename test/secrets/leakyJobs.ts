/** Checks that run code of users, with secrets wherever such code can put them: into pages, requests, reports, traces, errors and its own output. */
import { randomInt } from 'node:crypto';
import { canary, canaryOf, type Canary } from './canaries.ts';
import { leakyBrowserScript, leakyRequestScript, PREFIX } from './leakyScript.ts';

/** What is awkward in files: signs of all kinds, several lines, something that is cut wherever it is shown, numbers. */
export const FILE_SECRETS = {
  plain: canary('secret of a browser check', (mark) => `${mark()}${mark()}`),
  signs: canary('secret with signs', (mark) => `${mark()} &<>"'\\/%+=?#${mark()}`),
  letters: canary('secret with letters of the world', (mark) => `${mark()}ü😀é${mark()}`),
  lines: canary('secret of two lines', (mark) => `${mark()}\n${mark()}`),
  base64: canary('secret that looks like base64', (mark) => `${mark()}+/${mark()}==`),
  long: canary('long secret', (mark) => Array.from({ length: 30 }, mark).join('.')),
  number: canaryOf('secret number', String(randomInt(100_000_000, 999_999_999))),
  // Found everywhere by chance: it is there to be taken out, not to be looked for.
  short: { name: 'short number', value: String(randomInt(8_000, 9_000)), marks: [] },
} satisfies Record<string, Canary>;

type Job = Record<string, unknown>;

/** @param site without a slash at its end. @param bundle key of the uploaded suite; null: none. */
export function leakyJobs(site: string, plain: string, bundle: string | null): Job[] {
  const environmentVariables = Object.entries(FILE_SECRETS).map(([key, { value }]) => ({ key: `${PREFIX}${key.toUpperCase()}`, value, secret: true, locked: false }));
  const job = (checkType: string, name: string, more: Job): Job => ({ checkType, name: `${plain} ${name}`, logicalId: name, environmentVariables, ...more });
  return [
    job('BROWSER', 'browser', { script: leakyBrowserScript(site), playwrightConfig: { use: { video: 'on' } } }),
    job('MULTI_STEP', 'multistep', { script: leakyRequestScript(site) }),
    job('BROWSER', 'syntax error', { script: `const all = [${Object.values(FILE_SECRETS).map(({ value }) => JSON.stringify(value)).join()}]; const const = all;` }),
    job('API', 'scripts that fail', {
      localSetupScript: SETUP, localTearDownScript: TEARDOWN,
      request: { method: 'POST', url: `${site}/json?q={{${PREFIX}PLAIN}}`, bodyType: 'RAW', body: `{{{${PREFIX}SIGNS}}}` },
    }),
    ...(bundle === null ? [] : [job('PLAYWRIGHT', 'suite', { codeBundlePath: bundle, cacheHash: null, workingDir: '.', testCommand: 'npx playwright test' })]),
  ];
}

const ALL = `const all = Object.entries(process.env).filter(([key]) => key.startsWith('${PREFIX}')).map(([, value]) => value);`;
const SETUP = `${ALL}
console.log(all, JSON.stringify(all), encodeURIComponent(all.join()));
console.error({ env: process.env });
request.headers['x-all'] = encodeURIComponent(all.join());`;
const TEARDOWN = `${ALL}
console.log(response.body, response.headers);
throw new Error('thrown: ' + all.join());`;

/** A project that has its own Playwright. */
export const leakySuite = (site: string): Record<string, string> => ({
  'playwright.config.ts': `export default { workers: 1, reporter: [['list'], ['json', { outputFile: 'own-report.json' }]], use: { trace: 'on', video: 'on', screenshot: 'on' } };\n`,
  'browser.spec.ts': leakyBrowserScript(site), 'request.spec.ts': leakyRequestScript(site),
});
