/** `assay retention`: says what is kept for no longer, or takes it away, beside a running server or without one. */
import type { Command } from 'commander';
import { readRetentionConfig } from '../app/config.ts';
import type { RetentionReport } from '../app/retention.ts';
import { RETENTION_SETTINGS } from '../app/settings.ts';
import { print, printJson, printTable } from './print.ts';
import { addSettings, flagsOf } from './settingOptions.ts';

const HELP = `
A server does the same in the background with its own settings; this command reads the same variables. A session that has
a check running is never touched. After it the session and its results stay, without what was taken; the addresses of
files answer 410. Once sessions are due they go whole. BYTES are what the files hold: parts that other traces share stay.

Examples:
  assay retention --dry-run
  ASSAY_RETENTION_VIDEOS=7 assay retention --dry-run --json
  assay retention --retention-traces 14 --retention-sessions 0`;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];
function bytesOf(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

function printReport({ classes, sharing }: RetentionReport, dryRun: boolean): void {
  printTable(['CLASS', 'KEPT FOR', dryRun ? 'WOULD GO' : 'WENT', 'BYTES', 'OLDEST'], classes.map(({ class: name, days, count, bytes, oldest }) =>
    [name, days === 0 ? 'ever' : `${days} days`, String(count), bytesOf(bytes), oldest === null ? '' : new Date(oldest).toISOString()]));
  print(`Equal parts of traces and archives are kept once: ${sharing.parts} parts of ${bytesOf(sharing.storedBytes)} save ${bytesOf(sharing.savedBytes)}.`);
}

export function addRetention(program: Command): void {
  const command = program.command('retention').description('Take away what is kept for no longer, or say what that would be')
    .option('--dry-run', 'only say what would go').option('--json', 'print {dryRun, classes: [{class, days, count, bytes, oldest}], sharing} and nothing else')
    .addHelpText('after', HELP);
  addSettings(command, RETENTION_SETTINGS).action(async () => {
    const { applyRetention } = await import('../app/retention.ts');
    const { dryRun = false, json } = command.opts<{ dryRun?: boolean; json?: boolean }>();
    const report = await applyRetention(readRetentionConfig(flagsOf(command)), dryRun);
    if (json) printJson({ dryRun, ...report });
    else printReport(report, dryRun);
  });
}
