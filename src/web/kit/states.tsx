/** What stands where nothing else can: still loading, nothing there, not to be had. */
import type { ReactNode } from 'react';

export const Loading = ({ what }: { what: string }) => <p className="state" role="status" aria-live="polite"><span className="spinner" aria-hidden="true" />Loading {what} …</p>;

export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => <div className="state"><p className="state-title">{title}</p>{children}</div>;

export function Failure({ error, again }: { error: Error; again?: () => void }) {
  return (
    <div className="state state-failure" role="alert">
      <p className="state-title">{error.message}</p>
      {again && <button type="button" className="button" onClick={again}>Try again</button>}
    </div>
  );
}
