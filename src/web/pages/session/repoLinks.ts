/** Where a session's code lies on the web, where its repository's address says so. Pure. */

export interface RepoLinks { repo: string; name: string; commit(id: string): string; branch(name: string): string }

/** Only addresses of the web: whoever sends a session does not decide what a link runs. Credentials in them are left out. @returns null where there is none. */
export function repoLinks(repoUrl: string | null | undefined): RepoLinks | null {
  if (!repoUrl) return null;
  const url = URL.parse(webAddress(repoUrl));
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  const path = url.pathname.replace(/\.git\/?$/, '').replace(/\/+$/, '');
  const repo = `${url.origin}${path}`;
  const [commit, branch] = url.hostname.includes('bitbucket') ? ['commits', 'branch'] : url.hostname.includes('gitlab') ? ['-/commit', '-/tree'] : ['commit', 'tree'];
  return {
    repo, name: path.split('/').filter(Boolean).slice(-2).join('/') || url.host,
    commit: (id) => `${repo}/${commit}/${encodeURIComponent(id)}`,
    branch: (name) => `${repo}/${branch}/${name.split('/').map(encodeURIComponent).join('/')}`,
  };
}

/** `git@host:owner/name.git` and `ssh://git@host/owner/name` are served on the web under the same names. */
function webAddress(repoUrl: string): string {
  const short = /^[\w.-]+@([\w.-]+):(?!\/\/)(.+)$/.exec(repoUrl);
  if (short) return `https://${short[1]}/${short[2]}`;
  return repoUrl.replace(/^(?:git\+)?ssh:\/\/(?:[^@/]+@)?([\w.-]+)(?::\d+)?\//, 'https://$1/').replace(/^git\+(https?:)/, '$1');
}
