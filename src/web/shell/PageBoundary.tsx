/** A page that breaks says so and can be left or opened again; what stands around it stays. */
import { Component, type ReactNode } from 'react';
import { useLocation } from 'wouter';

interface Props { address: string; children: ReactNode }
interface State { error: Error | null; address: string }

/** Parts of the page that are not there any more: the server has been replaced by a newer one since the page was opened. */
const isReplaced = (error: Error): boolean => /dynamically imported module|module script failed|error loading/i.test(error.message);

class Boundary extends Component<Props, State> {
  override state: State = { error: null, address: this.props.address };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  /** Another address is another page. */
  static getDerivedStateFromProps({ address }: Props, state: State): Partial<State> | null {
    return address === state.address ? null : { error: null, address };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className="state state-failure" role="alert">
        <p className="state-title">{isReplaced(error) ? 'A part of this page could not be loaded. The server may be of a newer version now.' : 'This page has broken.'}</p>
        {!isReplaced(error) && <p className="mono wrap">{error.message}</p>}
        <button type="button" className="button" onClick={() => window.location.reload()}>Open it again</button>
      </div>
    );
  }
}

export function PageBoundary({ children }: { children: ReactNode }) {
  const [address] = useLocation();
  return <Boundary address={address}>{children}</Boundary>;
}
