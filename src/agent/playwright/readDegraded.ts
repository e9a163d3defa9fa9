/** Whether the user's code has marked the check as degraded: a file in its working directory, as the helper package writes it (C.7). */
import { openFound } from '../evidence/openFound.ts';
import { cutText } from './inside/cutText.ts';

export const DEGRADED_FILE = 'degraded.json';
const LARGEST = 64 * 1024;
const MOST = 100;

/** @param path relative to `folder`. @returns the reasons, if any; null: it is not marked. What is no such file marks nothing. */
export async function readDegraded(folder: string, path: string): Promise<string[] | null> {
  const opened = await openFound(folder, path);
  if (typeof opened === 'string') return null;
  try {
    if (opened.size > LARGEST) return null;
    const bytes = Buffer.alloc(opened.size);
    await opened.handle.read(bytes, 0, opened.size, 0);
    const { messages } = JSON.parse(bytes.toString()) as { messages?: unknown };
    return Array.isArray(messages) ? messages.slice(0, MOST).map((message) => cutText(String(message), 200)) : null;
  } catch {
    return null;
  } finally {
    await opened.handle.close();
  }
}
