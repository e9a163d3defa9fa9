/** A part that is seldom asked for, folded; or one that can be folded away. */
import type { ReactNode } from 'react';
import './Fold.css';

export function Fold({ title, note, open = false, children }: { title: string; note?: ReactNode; open?: boolean; children: ReactNode }) {
  return <details className="fold" open={open}><summary>{title}{note !== undefined && <span className="muted">{note}</span>}</summary>{children}</details>;
}
