/**
 * What a run left behind: collected from its folder, scrubbed, handed to the server, and read for what traces tell (C.8, G.1).
 * Promises: only regular files of the run's own folder leave, without its secrets (A.10); what is left out is named in the job log with
 * its reason; the agent's own work is not held up meanwhile.
 * Never: a run that fails because of a file of its; belief in a name, a size or a type that comes from inside; pictures where the agent keeps none.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptFile, TraceError, TraceSummary } from '../../checks/kit/playwright.ts';
import type { Redactor } from '../../checks/kit/redact.ts';
import type { Rewrite } from '../../checks/kit/trueReasons.ts';
import type { LogLevel } from '../../protocol/outcome.ts';
import { LinkError } from '../linkError.ts';
import type { RunFiles } from '../runFiles.ts';
import { makeJobFolder } from '../sandbox/jobFolder.ts';
import { assetName } from './assetName.ts';
import { openFound } from './openFound.ts';
import { readRange } from './readRange.ts';
import type { ScrubAnswer } from './scrubFile.ts';
import { readyThread, scrubElsewhere } from './scrubThreads.ts';
import { addFindings, inOrder, noFindings, type TraceFindings } from './traceFindings.ts';

/** A file to keep: `path` relative to the folder, with slashes; `name` as people shall see it, with slashes. */
export interface EvidenceFile { path: string; name: string; type: KeptFile['type']; contentType: string }

/** `kept` in the order in which they were found; `traceSummary` counts over all traces, `traceErrors` has their words, by time. */
export interface KeptEvidence { kept: KeptFile[]; traceSummary: TraceSummary; traceErrors: TraceError[] }

export interface EvidenceDeps {
  /** false: no screenshot, no video, no picture within another file. */
  keepPictures: boolean;
  /** Asked for its secrets when files are kept: all of them must be known by then. */
  redactor: Pick<Redactor, 'text' | 'secrets'>;
  files: Pick<RunFiles, 'keep'>;
  log(level: LogLevel, msg: string): void;
  /** Texts to be put in place of others in all that is kept; asked for when files are kept. */
  rewrites?(): readonly Rewrite[];
}

export interface Evidence {
  /** No process of the run may live any more: its folder must not change. Never rejects for what is in it. */
  keep(folder: string, found: readonly EvidenceFile[]): Promise<KeptEvidence>;
}

const MOST_FILES = 1_000;
/** Bytes of a file, and of all of them, as the run left them. */
const LARGEST_FILE = 256 * 1024 * 1024;
const MOST_BYTES = 1024 * 1024 * 1024;
/** Files under way at a time: one may be searched while another one travels. */
const AT_A_TIME = 3;
/** Lines of the job log about parts of one file. */
const MOST_LINES = 5;

/** What one call of `keep` shares. */
interface Keeping extends EvidenceDeps {
  folder: string;
  /** Of the agent's own, for what was scrubbed. */
  workshop: string;
  findings: TraceFindings;
  bytes: number;
  names: Set<string>;
  pictures: number;
  /** The server takes nothing more of this run. */
  over: boolean;
}

/** For one run; made when it begins, so that a thread is ready when it ends. */
export function createEvidence(deps: EvidenceDeps): Evidence {
  readyThread();
  return {
    async keep(folder, found) {
      if (found.length === 0) return { kept: [], traceSummary: noFindings().summary, traceErrors: [] };
      const workshop = await makeJobFolder(null);
      const keeping: Keeping = { ...deps, folder, workshop: workshop.path, findings: noFindings(), bytes: 0, names: new Set(), pictures: 0, over: false };
      try {
        if (found.length > MOST_FILES) deps.log('WARN', `Only the first ${MOST_FILES} of ${found.length} files of this run are kept.`);
        const kept = await keepAll(keeping, found.slice(0, MOST_FILES));
        if (keeping.pictures > 0) deps.log('INFO', `This agent keeps no pictures: ${keeping.pictures} left out, those within traces and reports among them.`);
        return { kept, traceSummary: keeping.findings.summary, traceErrors: inOrder(keeping.findings) };
      } finally {
        await workshop.remove();
      }
    },
  };
}

async function keepAll(keeping: Keeping, found: readonly EvidenceFile[]): Promise<KeptFile[]> {
  const named = found.map((file, at) => ({ ...file, name: assetName(keeping.redactor.text(file.name), keeping.names), at }));
  const kept: (KeptFile | null)[] = [];
  const waiting = named.values();
  const work = async () => {
    for (const file of waiting) kept[file.at] = await keepOne(keeping, file).catch((error: Error) => leaveOut(keeping, file.name, `it could not be prepared (${error.message})`));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return kept.filter((file) => file !== null);
}

async function keepOne(keeping: Keeping, file: EvidenceFile & { at: number }): Promise<KeptFile | null> {
  const { keepPictures, redactor } = keeping;
  if (keeping.over) return null;
  if (!keepPictures && (file.type === 'screenshot' || file.type === 'video')) {
    keeping.pictures += 1;
    return null;
  }
  const opened = await openFound(keeping.folder, file.path);
  if (typeof opened === 'string') return leaveOut(keeping, file.name, opened);
  const { handle, size } = opened;
  try {
    if (size > LARGEST_FILE) return leaveOut(keeping, file.name, `it has more than ${LARGEST_FILE / 1024 / 1024} MB`);
    if (keeping.bytes + size > MOST_BYTES) return leaveOut(keeping, file.name, 'the files of this run are too large together');
    keeping.bytes += size;
    const to = join(keeping.workshop, String(file.at));
    const answer = await scrubElsewhere({ fd: handle.fd, size, to, keepPictures, secrets: redactor.secrets(), rewrites: keeping.rewrites?.() ?? [] });
    if (answer.kind === 'leftOut') return leaveOut(keeping, file.name, answer.why);
    tell(keeping, file.name, answer);
    if (answer.kind === 'written') return await send(keeping, file, (await stat(to)).size, () => createReadStream(to));
    return await send(keeping, file, size, () => readRange(handle.fd, 0, size));
  } finally {
    await handle.close();
  }
}

async function send(keeping: Keeping, { name, type, contentType }: EvidenceFile, size: number, open: Parameters<RunFiles['keep']>[2]): Promise<KeptFile | null> {
  try {
    const assetId = await keeping.files.keep({ type, name, contentType: cleanContentType(contentType) }, size, open);
    return { type, name, assetId, size };
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    if (error.kind === 'refused') return leaveOut(keeping, name, `the server did not take it: ${error.message}`);
    keeping.over = true;
    return null;
  }
}

/** It becomes a header. */
function cleanContentType(contentType: string): string {
  return /^[\w.+-]{1,60}\/[\w.+-]{1,80}$/.exec(contentType.split(';')[0]!.trim())?.[0].toLowerCase() ?? 'application/octet-stream';
}

function tell(keeping: Keeping, name: string, { parts, pictures, findings }: Exclude<ScrubAnswer, { kind: 'leftOut' }>): void {
  keeping.findings = addFindings(keeping.findings, findings);
  keeping.pictures += pictures;
  for (const part of parts.slice(0, MOST_LINES)) keeping.log('WARN', `Left out of ${name}: ${part}.`);
  if (parts.length > MOST_LINES) keeping.log('WARN', `Left out of ${name}: ${parts.length - MOST_LINES} more parts.`);
}

function leaveOut({ log }: Keeping, name: string, why: string): null {
  log('WARN', `The file ${name} is not kept: ${why}.`);
  return null;
}
