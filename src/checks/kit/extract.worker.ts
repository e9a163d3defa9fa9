/** The thread in which patterns and paths of users run: it answers one question at a time and may be killed in between. */
import { parentPort } from 'node:worker_threads';
import { jsonText } from './jsonText.ts';
import { selectNodes } from './jsonPath.ts';

/** The document travels as JSON text: a deep one cannot be cloned from thread to thread. */
export type Question = { kind: 'regex'; pattern: string; text: string } | { kind: 'path'; path: string; json: string };
export type Answer =
  | { kind: 'ready' } | { kind: 'regex'; matched: boolean; value?: string } | { kind: 'path'; json: string } | { kind: 'invalid'; why: string };

/** Characters of JSON that a path may select; more would stall the thread that asks. */
const MAXIMUM_ANSWER = 64 * 1024 * 1024;

function answer(question: Question): Answer {
  try {
    if (question.kind === 'regex') {
      const match = new RegExp(question.pattern).exec(question.text);
      // A group that took no part in the match leaves nothing to compare.
      const value = match && (match.length > 1 ? match[1] : match[0]);
      return { kind: 'regex', matched: typeof value === 'string', ...(typeof value === 'string' ? { value } : {}) };
    }
    const nodes = selectNodes(question.path, JSON.parse(question.json));
    const json = jsonText(nodes)!;
    if (json.length > MAXIMUM_ANSWER) return { kind: 'invalid', why: 'it selects too much' };
    return { kind: 'path', json };
  } catch (error) {
    return { kind: 'invalid', why: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (question: Question) => parentPort?.postMessage(answer(question)));
parentPort?.postMessage({ kind: 'ready' } satisfies Answer);
