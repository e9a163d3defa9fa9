/** What stands where nothing else can: still loading, nothing there, not to be had. */
import type { ReactNode } from 'react';

export const Loading = ({ what }: { what: string }) => <p className="state" role="status" aria-live="polite"><span className="spinner" aria-hidden="true" />Loading {what} …</p>;

export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => <div className="state"><p className="state-title">{title}</p>{children}</div>;

/** What is shown could not be read again. */
export const Stale = ({ error }: { error: Error | null }) => error && <p className="stale" role="status">This may be old: it could not be read again. {error.message}</p>;

export function Failure({ error, again }: { error: Error; again?: () => void }) {
  return (
    <div className="state state-failure" role="alert">
      <p className="state-title">{error.message}</p>
      {again && <button type="button" className="button" onClick={again}>Try again</button>}
    </div>
  );
}
