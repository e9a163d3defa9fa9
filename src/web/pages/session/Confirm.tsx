/** Asks once more before something is done that cannot be taken back. */
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

interface Props { title: string; text: string; yes: string; no: string; act: () => Promise<unknown>; close: () => void }

/** Open as long as it is there. `act` closes it when it has worked; what went wrong is said in it. */
export function Confirm({ title, text, yes, no, act, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const acting = useMutation({ mutationFn: act, onSuccess: close });
  useEffect(() => { dialog.current?.showModal(); }, []);
  return (
    <dialog ref={dialog} className="help" aria-label={title} onClose={close}>
      <h2>{title}</h2>
      <p>{text}</p>
      {acting.error && <p className="field-error" role="alert">{acting.error.message}</p>}
      <div className="confirm-choices">
        <button type="button" className="button button-main" disabled={acting.isPending} onClick={() => acting.mutate()}>{yes}</button>
        <button type="button" className="button" onClick={close}>{no}</button>
      </div>
    </dialog>
  );
}
