#!/usr/bin/env node
/** The door of the `assay` program: sees to it that Node is new enough before anything else is loaded. */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  const { runOnNewerNode } = await import('./newerNode.ts');
  process.exit(await runOnNewerNode());
}

// Node 22 calls its SQLite experimental at each start; to use it is our decision, not the user's worry.
const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
process.emitWarning = ((...args: unknown[]) => {
  if (!String(args[0]).startsWith('SQLite is an experimental feature')) emitWarning(...args);
}) as typeof process.emitWarning;

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { runProgram } = await import('./program.ts');
process.exitCode = await runProgram(process.argv.slice(2));
