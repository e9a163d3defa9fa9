/**
 * What an agent gives to user code. strict: walls and a network of its own; standard: walls, and the machine's network; none: no walls,
 * because somebody allowed that.
 */
export const SANDBOX_LEVELS = ['strict', 'standard', 'none'] as const;
