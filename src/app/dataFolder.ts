/** The folder in which Assay keeps the embedded store, the secret key, the credentials and the log. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there', EPERM: 'this user may not write there', EROFS: 'the file system is read-only',
  ENOTDIR: 'part of the path is a file', EEXIST: 'it is a file', ENOSPC: 'the disk is full',
};

function unusable(path: string, error: unknown): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new Error(`The data folder ${path} cannot be used: ${WHY[code] ?? message}. Choose another with ASSAY_DATA_DIR or --data-dir.`);
}

/** Makes the folder (0700) where it is missing. Throws a sentence when it cannot be written. */
export function openDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(path, error);
  }
}

/** Whether the folder could be opened, without making it. @returns whether it is there. Throws a sentence when it could not. */
export function probeDataFolder(path: string): boolean {
  const exists = statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (exists) {
    openDataFolder(path);
    return true;
  }
  let parent = dirname(path);
  while (!statSync(parent, { throwIfNoEntry: false })) parent = dirname(parent);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(path, error);
  }
  return false;
}
