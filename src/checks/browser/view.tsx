/** Browser checks, multistep checks and suites: all of them are Playwright's. */
export { PlaywrightView as default } from '../../web/kit/playwright/PlaywrightView.tsx';
