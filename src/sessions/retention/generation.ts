/**
 * How often something was taken by retention, whoever did it: a server that keeps what it has rendered looks at the number and forgets
 * what it kept under an older one.
 */
import { sql } from 'kysely';
import type { Reads, Tx } from '../../store/openStore.ts';

const NAME = 'retention';

export interface Generation {
  /** As of the last look. */
  current(): number;
  look(): Promise<void>;
}

export function createGeneration(read: Reads): Generation {
  let value = 0;
  return {
    current: () => value,
    async look() {
      value = (await read.selectFrom('generations').select('value').where('name', '=', NAME).executeTakeFirst())?.value ?? 0;
    },
  };
}

/** With the change it tells of, or not at all. */
export async function nextGeneration({ db }: Tx): Promise<void> {
  await db.insertInto('generations').values({ name: NAME, value: 1 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: sql`generations.value + 1` })).execute();
}
