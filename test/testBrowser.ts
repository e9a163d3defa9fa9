/** A browser for tests that look at pages as a person would: the first one that starts here, or the reason why none does. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from '@playwright/test';

const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function launchBrowser(): Promise<Browser | string> {
  const places = ['/usr/lib/chromium/chromium-headless-shell', '/usr/lib/chromium/chromium', chromium.executablePath()].filter((path) => existsSync(path));
  const reasons: string[] = [];
  for (const executablePath of places) {
    try {
      return await chromium.launch({ executablePath, args: [...FLAGS, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] });
    } catch (error) {
      reasons.push((error as Error).message.split('\n')[0] ?? '');
    }
  }
  return `No Chromium starts here: ${reasons.join(' ') || 'none was found.'}`;
}
