/** The one word that people read for a result or a session. It is made of the flags that the server has decided (A.4); what is errored is our fault, not the target's. */
export type ShownVerdict = (typeof SHOWN_FIRST)[number];

/** In the order in which a session is read: what readers look for first stands first, on its page and in what lies before and after a result. */
export const SHOWN_FIRST = ['failed', 'errored', 'cancelled', 'running', 'degraded', 'passed'] as const;
