/** Whether a run's packets are wanted: what the check says by its variables, else what the agent was told. Pure. */
import type { Variable } from '../../protocol/assignment.ts';

/** The agent's own word. asked: only of checks that ask for it. never: not even then. */
export const CAPTURE_MODES = ['always', 'failure', 'asked', 'never'] as const;
export type CaptureMode = (typeof CAPTURE_MODES)[number];

/** What is done about one run. */
export interface CaptureWish {
  /** When its packets are kept. */
  keep: 'always' | 'failure' | 'never';
  /** The check itself asks for them: it is told when there are none. */
  asked: boolean;
  /** TLS secrets are kept beside them. */
  keys: boolean;
  /** Sentences about variables that cannot be understood. */
  complaints: string[];
}

/** Variables of the check, its session or its account: the run protocol has no field for it. */
const CAPTURE_VARIABLE = 'ASSAY_CAPTURE';
const KEYS_VARIABLE = 'ASSAY_CAPTURE_KEYS';
const WORDS = ['always', 'failure', 'never'] as const;

/** @param confidential the run holds secrets, which a capture would show: it must be asked for. */
export function captureWish(variables: readonly Variable[], mode: CaptureMode, confidential: boolean): CaptureWish {
  const given = (key: string) => variables.findLast((variable) => variable.key === key)?.value;
  const [word, keys] = [given(CAPTURE_VARIABLE), given(KEYS_VARIABLE)];
  const asked = WORDS.find((one) => one === word);
  const byDefault = mode === 'asked' || confidential ? 'never' : mode;
  return {
    keep: mode === 'never' ? 'never' : asked ?? byDefault,
    asked: asked !== undefined && asked !== 'never', keys: keys === '1',
    complaints: [
      // The values are not repeated: somebody may have put anything there.
      ...(word === undefined || asked !== undefined ? [] : [`The variable ${CAPTURE_VARIABLE} is left out of account: it must be one of ${WORDS.join(', ')}.`]),
      ...(keys === undefined || keys === '1' || keys === '0' ? [] : [`The variable ${KEYS_VARIABLE} is left out of account: it must be 1 (yes) or 0 (no).`]),
    ],
  };
}
