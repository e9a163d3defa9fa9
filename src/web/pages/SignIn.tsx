/** Signing in with an API key. The page never keeps it: the server answers with a cookie that no script can read. */
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { request } from '../api/request.ts';
import { useAddress } from '../shell/useAddress.ts';

/** Only addresses of these pages: whoever made the link does not decide where a reader ends. */
const safeTarget = (then: string | null): string => (then !== null && /^\/(?![/\\])/.test(then) ? then : '/');

export default function SignIn() {
  const [, go] = useLocation();
  const { params: search } = useAddress();
  const queryClient = useQueryClient();
  const [error, setError] = useState<string | null>(search.get('link') === 'used' ? 'That sign-in link was used already, or is too old.' : null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const apiKey = String(new FormData(event.currentTarget).get('apiKey') ?? '').trim();
    setBusy(true);
    try {
      await request('/web/sign-in', { method: 'POST', body: { apiKey } });
      queryClient.clear();
      go(safeTarget(search.get('then')), { replace: true });
    } catch (failure) {
      setError((failure as Error).message === 'Bad Token' ? 'This key is not known here, or was revoked.' : (failure as Error).message);
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <h1>Assay</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="apiKey">API key</label>
        <input id="apiKey" name="apiKey" type="password" autoComplete="current-password" required autoFocus spellCheck={false} aria-describedby="hint" aria-invalid={error !== null} />
        {error !== null && <p className="field-error" role="alert">{error}</p>}
        <button type="submit" className="button button-main" disabled={busy}>Sign in</button>
        <p id="hint" className="muted">The key that <code>CHECKLY_API_KEY</code> holds. <code>npm start</code> prints one, and a link that signs you in without it.</p>
      </form>
    </main>
  );
}
