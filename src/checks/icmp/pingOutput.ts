/**
 * Reads what the system's `ping` prints (iputils, `-n`, LC_ALL=C).
 * Promises: one entry a packet, in order, numbered from 0 (B.10); a duplicate never counts twice; odd lines are skipped.
 */

/** One echo request and what became of it. `type` and `code` of the ICMP answer, `rtt` in ms; null when nothing came. */
export interface PingResult {
  sequence: number; success: boolean; type: number | null; code: number | null; rtt: number | null; ttl: number | null;
}

export interface PingReport { sent: number; results: PingResult[]; duplicates: number }

const REPLY = /^\d+ bytes from .*?: icmp_seq=(\d+) (?:ttl|hlim)=(\d+) time=([\d.]+) ms(.*)$/;
const REFUSAL = /^From \S+:? icmp_seq=(\d+) (.+)$/;
const TOTAL = /^(\d+) packets transmitted/;

/** The wording of a refusal -> ICMP type and code; the first that fits counts. IPv6 has numbers of its own. */
const REFUSALS: readonly [RegExp, v4: readonly [number, number], v6: readonly [number, number]][] = [
  [/time exceeded|time to live exceeded|hop limit/i, [11, 0], [3, 0]],
  [/net(work)? unreachable|no route/i, [3, 0], [1, 0]],
  [/host unreachable|address unreachable/i, [3, 1], [1, 3]],
  [/protocol unreachable/i, [3, 2], [1, 0]],
  [/port unreachable/i, [3, 3], [1, 4]],
  [/frag(mentation)? needed|too big/i, [3, 4], [2, 0]],
  [/prohibited|filtered/i, [3, 13], [1, 1]],
  [/unreachable/i, [3, 1], [1, 3]],
];

/** A redirect only names a better road: the packet itself went on. */
const isRefusal = (text: string): boolean => !/^Redirect/i.test(text);

function refusal(sequence: number, text: string, family: 4 | 6): PingResult {
  const known = REFUSALS.find(([pattern]) => pattern.test(text));
  const [type, code] = (family === 4 ? known?.[1] : known?.[2]) ?? [null, null];
  return { sequence, success: false, type, code, rtt: null, ttl: null };
}

const unanswered = (sequence: number): PingResult => ({ sequence, success: false, type: null, code: null, rtt: null, ttl: null });

/** Reads the whole standard output of one `ping` run that was told to send `count` packets. */
export function readPingOutput(output: string, count: number, family: 4 | 6): PingReport {
  const bySequence = new Map<number, PingResult>();
  let duplicates = 0;
  let sent: number | null = null;
  for (const line of output.split('\n')) {
    const reply = REPLY.exec(line);
    const refused = REFUSAL.exec(line);
    const total = TOTAL.exec(line);
    if (reply) {
      // iputils counts from 1; the contract from 0.
      const sequence = Number(reply[1]) - 1;
      if (bySequence.get(sequence)?.success) duplicates += 1;
      else bySequence.set(sequence, { sequence, success: true, type: family === 4 ? 0 : 129, code: 0, rtt: Number(reply[3]), ttl: Number(reply[2]) });
    } else if (refused && isRefusal(refused[2] ?? '')) {
      const sequence = Number(refused[1]) - 1;
      if (!bySequence.has(sequence)) bySequence.set(sequence, refusal(sequence, refused[2] ?? '', family));
    } else if (total) {
      sent = Number(total[1]);
    }
  }
  // Without a summary line `ping` was stopped: what it has shown is what is known to have been sent.
  const shown = Math.max(-1, ...bySequence.keys()) + 1;
  const packets = Math.min(count, Math.max(sent ?? 0, shown));
  return { sent: packets, duplicates, results: Array.from({ length: packets }, (_, sequence) => bySequence.get(sequence) ?? unanswered(sequence)) };
}
