/** Making a key. It is shown until it is put away, and never again. */
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import type { Key, KeyWish } from '../../../contract/pages/settings.ts';
import { createKey } from '../../api/settings.ts';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { ROLE_WORDS } from '../../kit/roles.ts';
import { Section } from '../../kit/Section.tsx';

type Kind = Key['kind'];
type GivenRole = NonNullable<KeyWish['role']>;
const KIND_WORDS: Readonly<Record<Kind, string>> = { service: 'Service key, for a machine', user: 'Personal key, for yourself' };
const ROLES: Readonly<Record<GivenRole, string>> = {
  READ_RUN: 'reads, starts and cancels sessions: what CI needs', READ_ONLY: 'reads', READ_WRITE: 'also changes variables and archives errors',
  ADMIN: 'also looks after members, keys and locations',
};

interface Made { name: string; apiKey: string }

/** @param kinds those that the caller may make; one at least. */
export function CreateKey({ accountId, kinds, onMade }: { accountId: string; kinds: readonly Kind[]; onMade: () => Promise<void> }) {
  const [made, setMade] = useState<Made | null>(null);
  const [kind, setKind] = useState<Kind>(kinds[0] ?? 'user');
  const create = useMutation({
    mutationFn: async (wish: KeyWish): Promise<Made> => ({ name: wish.name, apiKey: (await createKey(accountId, wish)).apiKey }),
    onSuccess: (key) => {
      setMade(key);
      return onMade();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name') ?? '').trim();
    create.mutate(kind === 'service' ? { kind, name, role: String(form.get('role')) as GivenRole } : { kind, name });
  };
  if (made) return <Shown made={made} onDone={() => { setMade(null); create.reset(); }} />;
  return (
    <Section title="Make a key">
      <form className="key-fields" onSubmit={submit}>
        <label>Name<input name="name" required maxLength={100} placeholder="What it is for" autoComplete="off" spellCheck={false} /></label>
        <label>Kind<select name="kind" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>{kinds.map((one) => <option key={one} value={one}>{KIND_WORDS[one]}</option>)}</select></label>
        {kind === 'service' && (
          <label>Role<select name="role">{Object.entries(ROLES).map(([role, may]) => <option key={role} value={role}>{`${ROLE_WORDS[role as GivenRole]}: ${may}`}</option>)}</select></label>
        )}
        <button className="button button-main" disabled={create.isPending}>Make the key</button>
      </form>
      {kind === 'user' && <p className="muted settings-hint">It opens every account that you are a member of, with your role there.</p>}
      {create.error && <p className="field-error" role="alert">{create.error.message}</p>}
    </Section>
  );
}

function Shown({ made, onDone }: { made: Made; onDone: () => void }) {
  return (
    <Section title={`The key “${made.name}”`}>
      <p className="settings-hint" role="status">It is shown now and never again. Copy it to where it is needed.</p>
      <div className="key-new"><code>{made.apiKey}</code><CopyButton text={made.apiKey} label="Copy the key" /><button type="button" className="button button-small" onClick={onDone}>I have it</button></div>
    </Section>
  );
}
