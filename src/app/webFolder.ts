/** Where the built pages are: beside the compiled program, and at the same place in the source folder. Absolute. */
import { fileURLToPath } from 'node:url';

export const webFolder = (): string => fileURLToPath(new URL('../../dist/web', import.meta.url));
