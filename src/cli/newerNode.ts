/** For an installed package on a system whose Node is too old: fetches a newer one through npm, once, and goes on with that. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const { devDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { devDependencies: { node: string } };

/** npm's package with the program for this platform; it has no install scripts. */
function packageName(): string {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}@${devDependencies.node}`;
}

/** The path of npm's copy; undefined when there is none. */
function findNode(from: '--offline' | '--prefer-offline'): string | undefined {
  const args = ['exec', '--yes', from, '--loglevel=error', `--package=${packageName()}`, '--', 'node', '-p', 'process.execPath'];
  const { status, stdout } = spawnSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], shell: process.platform === 'win32' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs this program's command line again on the pinned Node. @returns its exit code; 1, with a sentence, when there is none. */
export async function runOnNewerNode(): Promise<number> {
  let node = findNode('--offline');
  if (!node) {
    process.stderr.write(`assay: Node ${process.versions.node} is too old: 22.18 or newer is needed. Fetching Node ${devDependencies.node} for Assay through npm, once …\n`);
    node = findNode('--prefer-offline');
  }
  if (!node) {
    process.stderr.write('assay: npm could not fetch it. Install Node 22.18 or newer and try again.\n');
    return 1;
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
