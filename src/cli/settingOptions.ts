/** Settings as options of a command: the flag, what it means, the variable behind it. */
import { Option, type Command } from 'commander';
import { flagOf, type Flags } from '../app/config.ts';
import { SETTINGS, type SettingName } from '../app/settings.ts';

/** Adds one option a setting to the command. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { value, variable, what, initial } = SETTINGS[name];
    const usual = initial ? `; usually ${initial}` : '';
    command.addOption(new Option(`${flagOf(name)} ${value}`, `${what}${usual} [${variable}]`).helpGroup('Settings, each a flag or the environment variable in brackets:'));
  }
  return command;
}

/** What the person gave as flags; commander names an option like its setting. */
export function flagsOf(command: Command): Flags {
  const given = Object.entries(command.opts<Record<string, unknown>>());
  return Object.fromEntries(given.filter(([name, value]) => name in SETTINGS && typeof value === 'string'));
}
