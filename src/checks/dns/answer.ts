/** An answer as people and assertions read it: the JSON_ANSWER document and the TEXT_ANSWER dump (B.9). */
import type { DnsMessage } from './message.ts';

/** The document of JSON_ANSWER. */
export interface AnswerDocument {
  Answer: { name: string; type: string; TTL: number; data: string }[];
  Question: { name: string; type: string }[];
  Status: string;
  TC: boolean;
  RD: boolean;
  RA: boolean;
  AD: boolean;
  CD: boolean;
}

export function answerDocument({ answer, question, returnCode, flags }: DnsMessage): AnswerDocument {
  return {
    Answer: answer.map(({ name, type, ttl, data }) => ({ name, type, TTL: ttl, data })),
    Question: question,
    Status: returnCode,
    TC: flags.tc, RD: flags.rd, RA: flags.ra, AD: flags.ad, CD: flags.cd,
  };
}

/** The dump in the style of `dig`: code and time, header, question, answer. `responseTime` in ms. */
export function answerText(message: DnsMessage, responseTime: number): string {
  const { answer, question, returnCode, flags } = message;
  const set = Object.entries(flags).filter(([, on]) => on).map(([flag]) => flag).join(' ');
  const counts = `QUERY: ${question.length}, ANSWER: ${answer.length}, AUTHORITY: ${message.authorityCount}, ADDITIONAL: ${message.additionalCount}`;
  return [
    `;; Return code: ${returnCode}, response time: ${responseTime} ms`,
    `;; ->>HEADER<<- opcode: QUERY, status: ${returnCode}, id: ${message.id}`,
    `;; flags: ${set}; ${counts}`,
    '',
    ';; QUESTION SECTION:',
    ...question.map(({ name, type }) => `;${name}\tIN\t${type}`),
    ...(answer.length > 0 ? ['', ';; ANSWER SECTION:'] : []),
    ...answer.map(({ name, ttl, type, text }) => `${name}\t${ttl}\tIN\t${type}\t${text}`),
  ].join('\n');
}
