/** How many entries lie before a page; pages count from 1 (I.5). Kept within what the databases can count. */
export const offsetOf = (limit: number, page = 1): number => Math.min((page - 1) * limit, Number.MAX_SAFE_INTEGER);
