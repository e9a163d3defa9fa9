/** What starts sessions, in words. */
import type { Provider } from '../../../contract/checkTypes.ts';

export const PROVIDER_WORDS: Readonly<Record<Provider, string>> = {
  API: 'CLI or API', TRIGGER: 'Trigger', PW_REPORTER: 'Playwright reporter', GITHUB: 'GitHub', VERCEL: 'Vercel',
};
