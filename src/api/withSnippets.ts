/**
 * Gives a check the stored snippets that it uses (B.15): those that it names as its scripts, and those that its scripts require.
 * Only these travel to the agent: the others of the account are no business of the run's. A path that a script puts together while it runs is not seen.
 */
import { isProjectPath } from '../checks/kit/schemas.ts';

export interface NamedSnippet { id: number; name: string; script: string }

interface Scripted {
  checkType: string;
  script?: unknown;
  localSetupScript?: unknown;
  localTearDownScript?: unknown;
  setupSnippetId?: unknown;
  tearDownSnippetId?: unknown;
  setupScriptPath?: unknown;
  tearDownScriptPath?: unknown;
  sharedFiles?: unknown;
  group?: unknown;
}

const SCRIPTED: readonly string[] = ['API', 'BROWSER', 'MULTI_STEP'];
const SLOTS = [
  { id: 'setupSnippetId', text: 'localSetupScript', path: 'setupScriptPath' }, { id: 'tearDownSnippetId', text: 'localTearDownScript', path: 'tearDownScriptPath' },
] as const;
/** Characters of all snippets of one check. */
const LIMIT = 1024 * 1024;

/** Whether a check may need snippets at all. */
export function mayUseSnippets(job: { checkType: string }): boolean {
  return SCRIPTED.includes(job.checkType) && /"(setup|tearDown)SnippetId":\d|snippets\//.test(JSON.stringify(job));
}

/** @returns the check with them; or the sentence that says why it cannot be run. What else may be wrong with it is for its schema to say. */
export function withSnippets<Job extends Scripted>(job: Job, snippets: readonly NamedSnippet[]): Job | string {
  if (!SCRIPTED.includes(job.checkType)) return job;
  const own = job.checkType === 'API' ? named(job, snippets, '') : job;
  if (typeof own === 'string') return own;
  const group = job.checkType === 'API' && typeof job.group === 'object' && job.group !== null ? named(job.group as Scripted, snippets, 'group.') : null;
  if (typeof group === 'string') return group;
  const files = Array.isArray(own.sharedFiles) ? own.sharedFiles as { path: string; content: string }[] : [];
  const scripts = [own, group].flatMap((place) => [place?.script, place?.localSetupScript, place?.localTearDownScript]);
  const pathOf = ({ name }: NamedSnippet) => `snippets/${name}.js`;
  // A file of the project wins.
  const eligible = snippets.filter((snippet) => isProjectPath(pathOf(snippet)) && !files.some(({ path }) => path === pathOf(snippet)));
  const required = requiredBy([...scripts.filter((text) => typeof text === 'string'), ...files.map(({ content }) => content)], eligible);
  const added = required.map((snippet) => ({ path: pathOf(snippet), content: snippet.script }));
  if (added.reduce((sum, { content }) => sum + content.length, 0) > LIMIT) return `The snippets that this check requires are longer than ${LIMIT / 1024 / 1024} MB together.`;
  return { ...own, ...(group ? { group } : {}), ...(added.length > 0 ? { sharedFiles: [...files, ...added] } : {}) };
}

/** A snippet that is named wins over a text beside it; it runs as `script.js`. */
function named<Place extends Scripted>(place: Place, snippets: readonly NamedSnippet[], prefix: string): Place | string {
  let changed = place;
  for (const { id, text, path } of SLOTS) {
    const wanted = place[id];
    if (typeof wanted !== 'number') continue;
    const found = snippets.find((snippet) => snippet.id === wanted);
    if (!found) return `Snippet ${wanted} (${prefix}${id}) is not in this account.`;
    changed = { ...changed, [id]: null, [text]: found.script, [path]: null };
  }
  return changed;
}

/** Also those that the required ones require. Of several of one name the newest. */
function requiredBy(texts: readonly string[], snippets: readonly NamedSnippet[]): NamedSnippet[] {
  const byName = new Map(snippets.map((snippet) => [snippet.name, snippet]));
  const found = new Set<NamedSnippet>();
  for (let open = [...texts]; open.length > 0;) {
    const more = [...byName.values()].filter((snippet) => !found.has(snippet) && open.some((text) => requires(text, snippet.name)));
    for (const snippet of more) found.add(snippet);
    open = more.map(({ script }) => script);
  }
  return [...found];
}

/** `./snippets/<name>.js` from a script; `./<name>.js` from another snippet is a path as any other. */
const requires = (text: string, name: string): boolean => [`snippets/${name}`, `./${name}`].some((path) => ['', '.js'].some((ending) => ["'", '"', '`'].some((quote) => text.includes(path + ending + quote))));
