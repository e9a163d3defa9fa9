/** The first word of a name is the verdict it must get; each runs the spec file of the same name. */
import { BrowserCheck, MultiStepCheck } from 'checkly/constructs';
import { INLINE } from './inline.ts';
import { environmentVariables } from './targets.ts';

const browser = (name: string, file: string) => new BrowserCheck(file, { name, environmentVariables, code: { entrypoint: `./${file}.spec.ts` } });
browser('green Browser', 'green');
browser('red Browser', 'red');
browser('degraded Browser', 'degraded');
browser('degraded Browser, soft assertions failed', 'degradedSoft');
browser('red Browser, degraded and failed', 'degradedHard');
browser('red Browser, timeout', 'timeout');
new BrowserCheck('library', { name: 'green Browser, plain script', environmentVariables, code: { entrypoint: './library.ts' } });
// What is written in place is not looked at by the CLI.
new BrowserCheck('syntaxError', { name: 'red Browser, syntax error', environmentVariables, code: { content: INLINE.syntaxError } });
new BrowserCheck('missingPackage', { name: 'red Browser, missing package', environmentVariables, code: { content: INLINE.missingPackage } });

const multistep = (name: string, file: string) => new MultiStepCheck(file, { name, environmentVariables, code: { entrypoint: `./${file}.spec.ts` } });
multistep('green Multistep', 'multi/green');
multistep('red Multistep', 'multi/red');
