/** Settings of a multistep check (C.2). */
import { Type } from 'typebox';
import type { Static } from '../../contract/base.ts';
import { SingleFileFields, singleFileRules } from '../kit/playwrightSettings.ts';

export const MultiStepSettings = Type.Object({ ...SingleFileFields.properties }, { additionalProperties: true });
export type MultiStepSettings = Static<typeof MultiStepSettings>;

/** The first broken rule as a sentence that names the field, or null. */
export const checkRules = (settings: MultiStepSettings): string | null => singleFileRules(settings);
