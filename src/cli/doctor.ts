/** `assay doctor`: says what is missing on this machine and how to get it. */
import type { Command } from 'commander';
import { readServerConfig } from '../app/config.ts';
import { SERVER_SETTINGS } from '../app/settings.ts';
import { print } from './print.ts';
import { addSettings, flagsOf } from './settingOptions.ts';

const HELP = `
Ends with 1 when something is missing without which Assay cannot run, else with 0.

Example:
  assay doctor --data-dir /var/lib/assay`;

export function addDoctor(program: Command, exit: (code: number) => void): void {
  const command = program.command('doctor').description('Say what this machine lacks and how to get it').addHelpText('after', HELP);
  addSettings(command, SERVER_SETTINGS).action(async () => {
    const { diagnose, printFindings } = await import('../app/doctor.ts');
    const findings = await diagnose(readServerConfig(flagsOf(command)));
    print(printFindings(findings));
    exit(findings.some(({ ok, weight }) => !ok && weight === 'essential') ? 1 : 0);
  });
}
