/** A process of its own that opens an embedded store: writes an account, says so on standard output, and waits to be killed. */
import { openStore } from '../src/store/openStore.ts';

const [folder = '', exclusive, id = ''] = process.argv.slice(2);
const store = await openStore({ kind: 'sqlite', folder, exclusive: exclusive === 'exclusive' });
await store.transaction((tx) => tx.db.insertInto('accounts')
  .values({ id, name: 'from another process', runtime_id: '2026.04', created_at: 1, updated_at: null }).execute());
// Begun and never ended: what the kill interrupts must not be there afterwards.
void store.transaction(async (tx) => {
  await tx.db.insertInto('accounts').values({ id: `${id}-unfinished`, name: 'unfinished', runtime_id: '2026.04', created_at: 1, updated_at: null }).execute();
  if (exclusive === 'exclusive') {
    process.stdout.write('written\n');
    await new Promise(() => setInterval(() => {}, 1000));
  }
  throw new Error('taken back');
}).catch(async () => {
  await store.close();
  process.stdout.write('written\n');
});
