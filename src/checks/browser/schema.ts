/** Settings of a browser check (C.2). */
import { Type } from 'typebox';
import { Nullable, type Static } from '../../contract/base.ts';
import { SingleFileFields, singleFileRules } from '../kit/playwrightSettings.ts';

export const BrowserSettings = Type.Object({
  ...SingleFileFields.properties,
  /** Watched by scheduled checks alone. */
  sslCheckDomain: Type.Optional(Nullable(Type.String())),
}, { additionalProperties: true });
export type BrowserSettings = Static<typeof BrowserSettings>;

/** The first broken rule as a sentence that names the field, or null. */
export const checkRules = (settings: BrowserSettings): string | null => singleFileRules(settings);
