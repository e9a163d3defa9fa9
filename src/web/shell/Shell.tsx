/** What stands around every page: the way to the others, the account, signing out, and the help for the keyboard. */
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Me } from '../api/queries.ts';
import { request } from '../api/request.ts';
import { Failure } from '../kit/states.tsx';
import { Shortcuts } from './Shortcuts.tsx';
import { useFreshPage } from './useFreshPage.ts';

const PAGES = [['test-sessions', 'Sessions'], ['error-groups', 'Errors'], ['settings', 'Settings']] as const;

export function Shell({ me, accountId, children }: { me: Me; accountId: string; children: ReactNode }) {
  const [address, go] = useLocation();
  const queryClient = useQueryClient();
  useFreshPage();
  const known = me.accounts.some(({ id }) => id === accountId);
  const signOut = async () => {
    await request('/web/sign-out', { method: 'POST', body: {} });
    queryClient.clear();
    go('/sign-in');
  };
  return (
    <>
      <a className="skip" href="#main">Skip to the content</a>
      <header className="top">
        <Link href={`/accounts/${accountId}/test-sessions`} className="brand">Assay</Link>
        <nav aria-label="Pages">
          {PAGES.map(([path, name]) => {
            const target = `/accounts/${accountId}/${path}`;
            return <Link key={path} href={target} aria-current={address.startsWith(target) ? 'page' : undefined}>{name}</Link>;
          })}
        </nav>
        <div className="top-end">
          {me.accounts.length > 1
            ? <select aria-label="Account" value={accountId} onChange={(event) => go(`/accounts/${event.target.value}/test-sessions`)}>{me.accounts.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select>
            : <span className="muted">{me.accounts[0]?.name}</span>}
          <Shortcuts />
          <button type="button" className="button button-small" onClick={() => void signOut()}>Sign out</button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>{known ? children : <Failure error={new Error('Your key does not open this account.')} />}</main>
    </>
  );
}
