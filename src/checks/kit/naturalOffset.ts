/** Times told in words, counted from now: "2 days ago", "in 3 hours", "last week", "tomorrow" (B.14). */
import type { Moment, unitOfTime } from 'moment';

const UNITS: Readonly<Record<string, unitOfTime.DurationConstructor>> = {
  second: 'seconds', sec: 'seconds', s: 'seconds', minute: 'minutes', min: 'minutes', hour: 'hours', hr: 'hours', h: 'hours',
  day: 'days', d: 'days', week: 'weeks', w: 'weeks', month: 'months', quarter: 'quarters', year: 'years', y: 'years',
};
const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const DAYS: ReadonlyMap<string, number> = new Map([['now', 0], ['today', 0], ['tomorrow', 1], ['yesterday', -1]]);
const STEPS: ReadonlyMap<string, number> = new Map([['last', -1], ['previous', -1], ['this', 0], ['next', 1]]);

/** The moment that `phrase` names, counted from `now` (which stays as it is); null when the phrase is not understood. */
export function naturalOffset(phrase: string, now: Moment): Moment | null {
  const words = phrase.trim().toLowerCase().split(/\s+/);
  const text = words.join(' ');
  const days = DAYS.get(text);
  if (days !== undefined) return now.clone().add(days, 'days');
  const step = STEPS.get(words[0] ?? '');
  if (step !== undefined && words.length === 2) return neighbour(step, words[1]!, now);
  return counted(text, now);
}

/** "last week", "next friday": the unit before or after, the nearest such weekday strictly before or after. */
function neighbour(step: number, word: string, now: Moment): Moment | null {
  const unit = unitOf(word);
  if (unit) return now.clone().add(step, unit);
  const weekday = WEEKDAYS.indexOf(word);
  if (weekday < 0) return null;
  if (step === 0) return now.clone().day(weekday);
  const distance = ((weekday - now.day()) * step + 7) % 7 || 7;
  return now.clone().add(step * distance, 'days');
}

/** "2 days ago", "in an hour", "3 weeks from now", "-1 month", "+90 min". */
function counted(text: string, now: Moment): Moment | null {
  const match = /^(in )?([+-]?)([\d.]{1,15}|[a-z]{1,6}) ?([a-z]{1,8})( ago| before| from now| later| hence)?$/.exec(text);
  if (!match) return null;
  const [, ahead, sign, amount, word, where = ''] = match;
  const unit = unitOf(word!);
  const count = amountOf(amount!);
  if (!unit || count === null || (ahead && where)) return null;
  const backwards = (where === ' ago' || where === ' before') !== (sign === '-');
  // A bare "2 days" says no direction.
  if (!ahead && !where && !sign) return null;
  return now.clone().add(backwards ? -count : count, unit);
}

function amountOf(text: string): number | null {
  if (text === 'a' || text === 'an') return 1;
  const spelled = NUMBERS.indexOf(text);
  const count = spelled >= 0 ? spelled : Number(text);
  return Number.isFinite(count) ? count : null;
}

function unitOf(word: string): unitOfTime.DurationConstructor | null {
  const singular = word.length > 1 ? word.replace(/s$/, '') : word;
  return Object.hasOwn(UNITS, singular) ? UNITS[singular]! : null;
}
