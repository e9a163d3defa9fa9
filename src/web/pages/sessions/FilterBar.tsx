/** The list's filters. They stand in the address and nowhere else, so that a view can be sent to somebody and the way back works. */
import { useId } from 'react';
import type { Provider, Status } from '../../../contract/checkTypes.ts';
import { Mark } from '../../kit/Mark.tsx';
import { Toggles, type Toggle } from '../../kit/Toggles.tsx';
import { useTypedText } from '../../kit/useTypedText.ts';
import { fieldTime, furtherFilters, isFiltered, SEARCH_FROM, secondsOf, withFilter, type FilterName } from './filter.ts';
import { PROVIDER_WORDS } from './providerWords.ts';
import { TokenField } from './TokenField.tsx';

const STATUSES: readonly Toggle<Status>[] = [
  { value: 'FAILED', label: <Mark of="failed" /> }, { value: 'PASSED', label: <Mark of="passed" /> }, { value: 'RUNNING', label: <Mark of="running" /> }, { value: 'CANCELLED', label: <Mark of="cancelled" /> },
];
const PROVIDERS = (Object.keys(PROVIDER_WORDS) as Provider[]).map((value) => ({ value, label: PROVIDER_WORDS[value] }));

/** `go` with `replace`: no step of its own on the way back. */
interface Props { address: URLSearchParams; go: (address: URLSearchParams, how?: { replace: boolean }) => void; branches: readonly string[]; users: readonly string[] }

export function FilterBar({ address, go, branches, users }: Props) {
  const set = (name: FilterName) => (values: readonly string[]) => go(withFilter(address, name, values));
  const further = furtherFilters(address);
  const group = address.get('errorGroupId');
  return (
    <search className="list-filters">
      <div className="filter-row">
        <Search address={address} go={go} />
        <Toggles label="Status" all={STATUSES} chosen={address.getAll('statuses')} choose={set('statuses')} />
        {group !== null && <button type="button" className="filter-token" title="Take this filter away" onClick={() => set('errorGroupId')([])}>With one error<span aria-hidden="true">×</span></button>}
        {isFiltered(address) && <button type="button" className="button button-small" onClick={() => go(new URLSearchParams())}>Clear</button>}
      </div>
      <details className="filter-more" open={further > 0 || undefined}>
        <summary>More filters{further > 0 && <span className="muted"> ({further} set)</span>}</summary>
        <div className="filter-grid">
          <TokenField label="Branch" values={address.getAll('branches')} known={branches} change={set('branches')} />
          <div>
            <TokenField label="By (commit's author, or a user's id)" values={address.getAll('users')} known={users} change={set('users')} />
            <label className="filter-check"><input type="checkbox" checked={address.get('noUsers') === 'true'} onChange={(event) => set('noUsers')(event.target.checked ? ['true'] : [])} /> {address.has('users') ? 'also those by nobody' : 'only those by nobody'}</label>
          </div>
          <fieldset><legend>Started by</legend><Toggles label="Started by" all={PROVIDERS} chosen={address.getAll('providers')} choose={set('providers')} /></fieldset>
          <div className="filter-times"><Time label="From" name="from" address={address} set={set('from')} /><Time label="To" name="to" address={address} set={set('to')} /></div>
        </div>
      </details>
    </search>
  );
}

function Search({ address, go }: Pick<Props, 'address' | 'go'>) {
  const hint = useId();
  const [text, type] = useTypedText(address.get('textSearch') ?? '', (typed) => {
    const value = typed.trim();
    if (value === '' || value.length >= SEARCH_FROM) go(withFilter(address, 'textSearch', value === '' ? [] : [value]), { replace: true });
  });
  const short = text.trim() !== '' && text.trim().length < SEARCH_FROM;
  return (
    <div className="filter-search">
      <input type="search" data-search aria-label="Search the sessions" aria-describedby={short ? hint : undefined} placeholder="Name, commit, branch, author …" maxLength={200} value={text} onChange={(event) => type(event.target.value)} />
      <kbd aria-hidden="true">/</kbd>
      {short && <span id={hint} className="filter-hint muted" role="status">{SEARCH_FROM} characters at least</span>}
    </div>
  );
}

function Time({ label, name, address, set }: { label: string; name: 'from' | 'to'; address: URLSearchParams; set: (values: string[]) => void }) {
  const id = useId();
  const known = fieldTime(address.get(name));
  // While somebody types a date most of its states are none: the field keeps its own until it is left.
  const leave = ({ value }: HTMLInputElement) => { if (value !== known) set(secondsOf(value)); };
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input key={known} id={id} type="datetime-local" defaultValue={known} onBlur={(event) => leave(event.target)} onKeyDown={(event) => { if (event.key === 'Enter') leave(event.currentTarget); }} />
    </div>
  );
}
