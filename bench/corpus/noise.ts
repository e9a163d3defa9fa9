/** What differs from one run of a fault to the next, and says nothing about the fault. */
import { createHash } from 'node:crypto';

export interface Noise {
  round: number;
  uuid: string;
  /** Twelve digits of hex, as builds and commits have. */
  hash: string;
  /** A number of a record: five to eight digits. */
  order: number;
  user: string;
  email: string;
  /** Unix ms, on another day in each round. */
  at: number;
  /** ms: a time limit. */
  ms: number;
  /** How many of something there are: from 2 on. */
  count: number;
  /** A generated host name. */
  host: string;
  /** A temporary folder that is not there. */
  folder: string;
}

const USERS = ['anna', 'bob', 'chidi', 'dana', 'emre', 'fatima', 'grace', 'hiro', 'ines'];
const DAY = 86_400_000;

/** The same for the same round and salt. */
export function noiseOf(round: number, salt = ''): Noise {
  const hex = createHash('sha256').update(`noise ${round} ${salt}`).digest('hex');
  const number = (from: number) => parseInt(hex.slice(from, from + 8), 16);
  const user = USERS[number(0) % USERS.length] ?? 'anna';
  const at = Date.UTC(2025, 0, 1) + round * 41 * DAY + number(8) % DAY;
  return {
    round, user, at,
    uuid: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    hash: `${hex.slice(40, 51)}7`, order: 10 ** (4 + round % 4) + number(12) % 9_000, email: `${user}.${number(16) % 97}@mail.example`,
    ms: 1_000 + round * 137 + number(20) % 90, count: 2 + round * 3 + number(24) % 3, host: `pr-${100 + number(28) % 800}.preview.example`,
    folder: `/tmp/run-${hex.slice(52, 60)}`,
  };
}
