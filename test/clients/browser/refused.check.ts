/** What the CLI itself refuses: an import that no runtime has. */
import { BrowserCheck } from 'checkly/constructs';

new BrowserCheck('refused', { name: 'red, refused by the CLI', code: { entrypoint: './refused.ts' } });
