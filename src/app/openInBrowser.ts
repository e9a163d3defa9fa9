/** Shows a page to the person at the terminal, where there is one with a desktop. Never: an error, or a wait; whoever sees no page has the link. */
import { spawn } from 'node:child_process';

/** Where the program runs. */
export interface Desk { platform: NodeJS.Platform; env: Readonly<Record<string, string | undefined>>; isTerminal: boolean }

/** The program that opens pages; null where nobody would see one: no terminal, no desktop, or a machine that builds. */
export function browserOpener({ platform, env, isTerminal }: Desk): string | null {
  if (!isTerminal || env['CI']) return null;
  if (platform === 'darwin') return 'open';
  return platform === 'linux' && (env['DISPLAY'] || env['WAYLAND_DISPLAY']) && !env['SSH_CONNECTION'] ? 'xdg-open' : null;
}

export function openInBrowser(url: string): void {
  const program = browserOpener({ platform: process.platform, env: process.env, isTerminal: process.stdout.isTTY === true });
  if (program !== null) spawn(program, [url], { stdio: 'ignore', detached: true }).on('error', () => {}).unref();
}
