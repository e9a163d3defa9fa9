/** Ending a key, after it was said what that means. Whoever ends the key that signed them in is signed out, and hears so before. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import type { Key } from '../../../contract/pages/settings.ts';
import { revokeKey } from '../../api/settings.ts';

interface RevokeKeyProps {
  accountId: string;
  apiKey: Key;
  /** No other key of the account may make keys. */
  isLastManager: boolean;
  onClose: () => void;
  onEnded: () => Promise<void>;
}

export function RevokeKey({ accountId, apiKey: key, isLastManager, onClose, onEnded }: RevokeKeyProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const queryClient = useQueryClient();
  const [, go] = useLocation();
  useEffect(() => dialog.current?.showModal(), []);
  const revoke = useMutation({
    mutationFn: () => revokeKey(accountId, key.id),
    onSuccess: async () => {
      if (key.isCurrent) {
        queryClient.clear();
        return go('/sign-in');
      }
      await onEnded();
      onClose();
    },
  });
  return (
    <dialog ref={dialog} className="key-ask" aria-labelledby="revoke-title" onClose={onClose}>
      <h2 id="revoke-title">Revoke “{key.name}” ({key.maskedKey})?</h2>
      <p>Whatever uses it is turned away from then on. It cannot be brought back.</p>
      {key.isCurrent && <p className="settings-warning" role="note"><strong>You are signed in with this key.</strong> You will be signed out at once, and need another key to come back.</p>}
      {isLastManager && <p className="settings-warning" role="note">No other key of an Owner or Admin is left then: new ones can only be made with <code>assay keys create</code> on the server's machine.</p>}
      {revoke.error && <p className="field-error" role="alert">{revoke.error.message}</p>}
      <div className="key-ask-actions">
        <button type="button" className="button" autoFocus onClick={() => dialog.current?.close()}>Keep it</button>
        <button type="button" className="button button-danger" disabled={revoke.isPending} onClick={() => revoke.mutate()}>{key.isCurrent ? 'Revoke it and sign me out' : 'Revoke it'}</button>
      </div>
    </dialog>
  );
}
