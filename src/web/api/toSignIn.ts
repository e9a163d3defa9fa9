/** The way to the sign-in for whoever is signed in no longer, and back to where he was. */
import { navigate } from 'wouter/use-browser-location';

export const SIGN_IN = '/sign-in';

/** The address of the sign-in that leads to `then` afterwards. */
export const signInThen = (then: string): string => (then === '/' ? SIGN_IN : `${SIGN_IN}?then=${encodeURIComponent(then)}`);

/** Leaves the page for the sign-in, unless that is the page. */
export function toSignIn(): void {
  const { pathname, search, hash } = window.location;
  if (pathname !== SIGN_IN) navigate(signInThen(`${pathname}${search}${hash}`), { replace: true });
}
