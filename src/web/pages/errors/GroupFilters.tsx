/** What narrows the list of error groups down. Each choice is an address. */
import { useQuery } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { Link, useLocation } from 'wouter';
import { projectsQuery } from '../../api/errorGroups.ts';

type Change = Partial<Record<'textSearch' | 'projectId' | 'environment' | 'archived' | 'nextId', string | null>>;

/** A search of the address with some of it changed; null takes away. */
export function searchWith(search: string, change: Change): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === '') parameters.delete(name);
    else parameters.set(name, value);
  }
  return parameters.toString();
}

const SHORTEST_SEARCH = 3;

export function GroupFilters({ accountId, search }: { accountId: string; search: string }) {
  const [address, go] = useLocation();
  const projects = useQuery(projectsQuery(accountId));
  const now = new URLSearchParams(search);
  const open = (change: Change) => go(`${address}?${searchWith(search, { ...change, nextId: null })}`);
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    open({ textSearch: String(new FormData(event.currentTarget).get('textSearch') ?? '').trim() });
  };
  const archived = now.get('archived') === 'true';
  const environment = now.get('environment');
  return (
    <div className="group-filters">
      <form role="search" onSubmit={find}>
        <input key={now.get('textSearch')} data-search name="textSearch" type="search" aria-label="Search in messages" placeholder="Search in messages" defaultValue={now.get('textSearch') ?? ''} minLength={SHORTEST_SEARCH} maxLength={200} />
        <button className="button">Search</button>
      </form>
      {(projects.data?.length ?? 0) > 0 && (
        <select aria-label="Project" value={now.get('projectId') ?? ''} onChange={(event) => open({ projectId: event.target.value })}>
          <option value="">All projects</option>
          {projects.data?.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
        </select>
      )}
      <nav className="group-choice" aria-label="Which errors">
        <Link href={`?${searchWith(search, { archived: null, nextId: null })}`} aria-current={archived ? undefined : 'page'}>Open</Link>
        <Link href={`?${searchWith(search, { archived: 'true', nextId: null })}`} aria-current={archived ? 'page' : undefined}>Archived</Link>
      </nav>
      {environment !== null && <Link className="group-chip" href={`?${searchWith(search, { environment: null, nextId: null })}`} aria-label={`Any environment, not only ${environment}`}>{environment} <span aria-hidden="true">×</span></Link>}
    </div>
  );
}
