/** Unpredictable 16-bit ids for datagram protocols: an answer that does not repeat the id was not meant for us. */
import { randomInt } from 'node:crypto';

/** An integer from 0 to 65535, from the system's secure source. */
export const queryId = (): number => randomInt(0x1_0000);
