/** JSON of unknown shape, read without a surprise. */
export type Fields = Readonly<Record<string, unknown>>;

/** Empty for what is no object. */
export const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : {});
/** Empty for what is no array; a long one is cut. */
export const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.slice(0, 500).map((entry) => (typeof entry === 'string' ? { message: entry } : fieldsOf(entry))) : []);
/** Empty for what is no text. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
/** Null for what is no number. */
export const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
