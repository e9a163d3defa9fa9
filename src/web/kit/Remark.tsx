/** A sentence in a section where something else would stand, or about what stands there. */
import type { ReactNode } from 'react';
import './Remark.css';

export const Remark = ({ children }: { children: ReactNode }) => <p className="remark">{children}</p>;
