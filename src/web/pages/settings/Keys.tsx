/** The keys that open the account: made, shown once, ended. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Key, KeyList } from '../../../contract/pages/settings.ts';
import { keysQuery } from '../../api/settings.ts';
import { ROLE_WORDS } from '../../kit/roles.ts';
import { Section } from '../../kit/Section.tsx';
import { Empty, Failure, Loading } from '../../kit/states.tsx';
import { Moment } from '../../kit/times.tsx';
import { CreateKey } from './CreateKey.tsx';
import { RevokeKey } from './RevokeKey.tsx';

export function Keys({ accountId }: { accountId: string }) {
  const keys = useQuery(keysQuery(accountId));
  if (keys.error && !keys.data) return <Failure error={keys.error} again={() => void keys.refetch()} />;
  if (!keys.data) return <Loading what="the keys" />;
  return <Shown accountId={accountId} list={keys.data} />;
}

function Shown({ accountId, list: { keys, mayCreate, isWhole } }: { accountId: string; list: KeyList }) {
  const queryClient = useQueryClient();
  const [ending, setEnding] = useState<Key | null>(null);
  const readAgain = () => queryClient.invalidateQueries({ queryKey: [accountId, 'keys'] });
  const note = isWhole ? `${keys.length}` : 'Yours alone: Owners and Admins see the account\'s service keys, too.';
  return (
    <>
      {mayCreate.length > 0 && <CreateKey accountId={accountId} kinds={mayCreate} onMade={readAgain} />}
      <Section title="API keys" note={note}>
        {keys.length === 0 ? <Empty title="No keys." /> : (
          <table className="rows key-list">
            <thead><tr><th>Name</th><th>Kind</th><th>Role here</th><th>Ends with</th><th>Last used</th><th>Made</th><th><span className="visually-hidden">End it</span></th></tr></thead>
            <tbody>{keys.map((key) => <KeyRow key={key.id} apiKey={key} onEnd={() => setEnding(key)} />)}</tbody>
          </table>
        )}
      </Section>
      {ending && <RevokeKey accountId={accountId} apiKey={ending} isLastManager={isLastManager(keys, ending)} onClose={() => setEnding(null)} onEnded={readAgain} />}
    </>
  );
}

/** Whether no other key here is an Owner's or Admin's. */
const isLastManager = (keys: readonly Key[], key: Key): boolean => {
  const manages = ({ role }: Key) => role === 'OWNER' || role === 'ADMIN';
  return manages(key) && !keys.some((other) => other.id !== key.id && manages(other));
};

function KeyRow({ apiKey: key, onEnd }: { apiKey: Key; onEnd: () => void }) {
  return (
    <tr>
      <td><span className="key-name">{key.name}</span>{key.isCurrent && <span className="tag">you are signed in with it</span>}</td>
      <td data-name="Kind">{key.kind === 'service' ? 'Service' : `Personal, of ${key.owner ?? 'nobody'}`}</td>
      <td data-name="Role here">{ROLE_WORDS[key.role]}</td>
      <td data-name="Ends with"><code>{key.maskedKey}</code></td>
      <td data-name="Last used">{key.lastUsedAt === null ? <span className="muted">never</span> : <Moment at={key.lastUsedAt} />}</td>
      <td data-name="Made"><Moment at={key.createdAt} /></td>
      <td className="key-action">{key.mayRevoke && <button type="button" className="button button-small" aria-label={`Revoke ${key.name}`} onClick={onEnd}>Revoke</button>}</td>
    </tr>
  );
}
