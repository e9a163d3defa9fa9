/** Fills the job folder of a suite before its sandbox starts: the bundle, the programs, the folders that the project may write. */
import { createWriteStream } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { ManagerName, SuiteTools, Tool } from './suiteTools.ts';

/** Compiled code, relative to the job folder: at the same place when it is made and when it is used, which Node finds it by. */
export const COMPILED = join('.assay', 'compiled');

/** What is where in the job folder. */
export const suitePlaces = (folder: string) => ({
  root: join(folder, 'project'), home: join(folder, 'home'), tmp: join(folder, 'tmp'), own: join(folder, '.assay'), bin: join(folder, '.assay', 'bin'),
  bundle: join(folder, '.assay', 'bundle.tgz'), events: join(folder, '.assay', 'events'), compiled: join(folder, COMPILED),
});

export interface Filling {
  /** The bundle's bytes; absent: there is none. */
  open?(): Promise<Readable>;
  programs: Readonly<Partial<Record<ManagerName, Tool>>>;
  /** Lines of the home's .npmrc. */
  npmrc: string;
}

/** @param uid who owns what is made; null: the agent's own user. Rejects when the bundle cannot be had or the disk is full. */
export async function fillSuiteFolder(folder: string, uid: number | null, { open, programs, npmrc }: Filling): Promise<void> {
  const places = suitePlaces(folder);
  const mine = async (path: string) => { if (uid !== null) await chown(path, uid, uid); };
  for (const path of [places.root, places.home, places.tmp, places.own, places.bin]) {
    await mkdir(path);
    await mine(path);
  }
  const files: [path: string, text: string, program: boolean][] = [
    [join(places.home, '.npmrc'), npmrc, false],
    ...Object.entries(scripts(programs)).map(([name, text]): [string, string, boolean] => [join(places.bin, name), text, true]),
  ];
  for (const [path, text, program] of files) {
    await writeFile(path, text);
    if (program) await chmod(path, 0o755);
    await mine(path);
  }
  if (!open) return;
  await pipeline(await open(), createWriteStream(places.bundle));
  await mine(places.bundle);
}

/** Programs by name, as shell scripts. */
function scripts(programs: Filling['programs']): Record<string, string> {
  const start = (words: readonly string[]) => `exec ${words.map(quoted).join(' ')} "$@"`;
  const all: Record<string, string> = { node: start([process.execPath]) };
  for (const [name, { words }] of Object.entries(programs)) all[name] = start(words);
  if (programs.npx) all.npx = `${DIRECT}${start(programs.npx.words)}`;
  if (programs['yarn-classic'] || programs['yarn-berry']) all.yarn = YARN;
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [name, `#!/bin/sh\n${text}\n`]));
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** A program of the project's own is started without npx, which takes longer than most of what it starts. */
const DIRECT = `case "$1" in
-*|''|*/*|*@*) ;;
*)
  at=$PWD
  while [ -n "$at" ]; do
    if [ -x "$at/node_modules/.bin/$1" ]; then
      program=$at/node_modules/.bin/$1
      PATH=$at/node_modules/.bin:$PATH
      export PATH
      shift
      exec "$program" "$@"
    fi
    at=\${at%/*}
  done ;;
esac
`;

/** Which yarn a project is of, its lock file says. */
const YARN = `kind=$ASSAY_YARN
here=\${0%/*}
if [ -z "$kind" ]; then
  kind=classic
  at=$PWD
  while [ -n "$at" ]; do
    if [ -f "$at/yarn.lock" ]; then
      grep -q '^__metadata:' "$at/yarn.lock" && kind=berry
      break
    fi
    at=\${at%/*}
  done
fi
exec "$here/yarn-$kind" "$@"`;

/** Those that are here; and those that the words name, fetched if need be. */
export async function programsFor(tools: SuiteTools, words: string, needed: readonly ManagerName[]): Promise<Filling['programs']> {
  const names: ManagerName[] = ['npm', 'npx'];
  if (/\bpnpm\b/.test(words)) names.push('pnpm');
  if (/\byarn\b/.test(words)) names.push('yarn-classic', 'yarn-berry');
  const found = await Promise.all([...new Set([...names, ...needed])].map(async (name) => [name, await tools.find(name)] as const));
  return Object.fromEntries(found.filter(([, tool]) => tool !== null));
}
