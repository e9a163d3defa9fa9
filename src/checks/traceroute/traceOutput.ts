/**
 * Reads what `traceroute -n` prints (Dmitry Butskoy's, LC_ALL=C), also while it is still printing.
 * Promises: one entry a probe that it is done with, in order; odd words are passed over.
 */
import { isIP } from 'node:net';

/** What came back for one probe. */
export interface Answer {
  /** Without an interface. */
  address: string;
  /** ms */
  rtt: number;
  /** Why it goes no further (`!H`, `!X`, …); null where the hop only passed the packet on, or the port is closed. */
  refusal: string | null;
  /** TCP flags of the target's own answer, as in `syn,ack`; null where an ICMP message came. */
  flags: string | null;
}

export interface PrintedHop {
  /** Counted from 1. */
  number: number;
  /** null for a probe without an answer. */
  answers: (Answer | null)[];
}

const LINE = /^\s*(\d+) +(\S.*)$/;

/** The hops of what was printed so far; those of which nothing is known yet are left out. */
export function readTraceOutput(output: string): PrintedHop[] {
  return output.split('\n').flatMap((line) => {
    const [, number, words] = LINE.exec(line) ?? [];
    const answers = words === undefined ? [] : readAnswers(words.trim().split(/\s+/));
    return answers.length > 0 ? [{ number: Number(number), answers }] : [];
  });
}

/** Address and flags stand once for all the probes that they are true of. */
function readAnswers(words: readonly string[]): (Answer | null)[] {
  const answers: (Answer | null)[] = [];
  let from = null as Pick<Answer, 'address' | 'flags'> | null;
  for (const [index, word] of words.entries()) {
    const address = word.replace(/%.*$/, '');
    const last = answers.at(-1);
    if (word === '*') answers.push(null);
    else if (isIP(address) > 0) from = { address, flags: null };
    else if (from && /^<.*>$/.test(word)) from = { ...from, flags: word.slice(1, -1) };
    else if (from && /^\d+(\.\d+)?$/.test(word) && words[index + 1] === 'ms') answers.push({ ...from, rtt: Number(word), refusal: null });
    else if (last && word.startsWith('!')) last.refusal = word;
  }
  return answers;
}
