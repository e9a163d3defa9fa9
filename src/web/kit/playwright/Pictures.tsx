/** Screenshots, small in a row; one opens large, and the arrow keys go on to the next. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { TestSessionResult } from '../../../contract/results.ts';
import { isAddressOf, ownPath, resultFilesQuery } from '../resultFiles.ts';
import { Section } from '../Section.tsx';

interface Picture { src: string; name: string }

/** @param addresses signed ones, as the result has them. */
export function Pictures({ result, addresses }: { result: TestSessionResult; addresses: readonly string[] }) {
  const files = useQuery(resultFilesQuery(result));
  const [open, setOpen] = useState<number | null>(null);
  if (addresses.length === 0) return null;
  const pictures = addresses.map((address): Picture => ({
    src: ownPath(address), name: files.data?.find((file) => isAddressOf(address, file))?.name ?? decodeURIComponent(new URL(address, location.href).pathname.split('/').at(-1) ?? ''),
  }));
  return (
    <Section title="Screenshots" note={pictures.length > 1 ? String(pictures.length) : undefined}>
      <ul className="pw-pictures">
        {pictures.map(({ src, name }, i) => (
          <li key={src}>
            <button type="button" onClick={() => setOpen(i)}><img src={src} alt={`Screenshot ${name}`} loading="lazy" /><span className="clip">{name}</span></button>
          </li>
        ))}
      </ul>
      {open !== null && <Large pictures={pictures} at={open} go={setOpen} />}
    </Section>
  );
}

function Large({ pictures, at, go }: { pictures: readonly Picture[]; at: number; go(to: number | null): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { dialog.current?.showModal(); }, []);
  const step = (by: number) => go((at + by + pictures.length) % pictures.length);
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowRight') step(1);
    if (event.key === 'ArrowLeft') step(-1);
  };
  const { src, name } = pictures[at] ?? { src: '', name: '' };
  return (
    <dialog ref={dialog} className="pw-large" aria-label={`Screenshot ${name}`} onClose={() => go(null)} onKeyDown={press} onClick={(event) => { if (event.target === dialog.current) dialog.current.close(); }}>
      <header>
        <span className="mono clip">{name}</span>
        {pictures.length > 1 && <><button type="button" className="button button-small" onClick={() => step(-1)}>Previous</button><span className="number">{at + 1} of {pictures.length}</span><button type="button" className="button button-small" onClick={() => step(1)}>Next</button></>}
        <a className="button button-small" href={src} download>Download</a>
        <button type="button" className="button button-small" autoFocus onClick={() => dialog.current?.close()}>Close</button>
      </header>
      <div className="pw-canvas" tabIndex={0} role="group" aria-label="The screenshot in full"><img src={src} alt={`Screenshot ${name}`} /></div>
    </dialog>
  );
}
