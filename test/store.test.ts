import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { openStore, StoreInUse, type Store, type StoreLocation, type Tx } from '../src/store/openStore.ts';
import { freshLocation } from './stores.ts';

const account = (id: string, name = id) => ({ id, name, runtime_id: '2026.04', created_at: 1_767_225_600_123, updated_at: null });
const add = (tx: Tx, id: string) => tx.db.insertInto('accounts').values(account(id)).execute();
/** Open until the end of the test, however it ends. */
const opened = async (location: StoreLocation): Promise<Store & AsyncDisposable> => {
  const store = await openStore(location);
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
};
const ids = async (store: Store) => (await store.read.selectFrom('accounts').select('id').orderBy('id').execute()).map((row) => row.id);

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`store (${kind})`, () => {
    let place: { location: StoreLocation; remove: () => void };
    let store: Store;
    before(async () => {
      place = await freshLocation(kind);
      store = await openStore(place.location);
    });
    after(async () => {
      await store.close();
      place.remove();
    });

    it('gives back what was written, with the types of the tables', async () => {
      await store.transaction((tx) => add(tx, 'types'));
      const row = await store.read.selectFrom('accounts').selectAll().where('id', '=', 'types').executeTakeFirst();
      assert.deepEqual({ ...row }, account('types'));
    });

    it('tells how many rows a change concerned', async () => {
      const answer = await store.transaction((tx) => tx.db.updateTable('accounts').set({ name: 'renamed' }).where('id', '=', 'types').executeTakeFirst());
      assert.equal(answer.numUpdatedRows, 1n);
      const none = await store.transaction((tx) => tx.db.updateTable('accounts').set({ name: 'renamed' }).where('id', '=', 'nobody').executeTakeFirst());
      assert.equal(none.numUpdatedRows, 0n);
    });

    it('leaves nothing of a transaction that throws, and passes the error on', async () => {
      const error = new Error('no');
      await assert.rejects(store.transaction(async (tx) => {
        await add(tx, 'rolled back');
        throw error;
      }), error);
      assert.ok(!(await ids(store)).includes('rolled back'));
    });

    it('leaves nothing of a transaction in which a statement failed', async () => {
      await assert.rejects(store.transaction(async (tx) => {
        await add(tx, 'first of two');
        await add(tx, 'types');
      }));
      assert.ok(!(await ids(store)).includes('first of two'));
      await store.transaction((tx) => add(tx, 'after a failure'));
      assert.ok((await ids(store)).includes('after a failure'));
    });

    it('shows readers nothing before the commit', async () => {
      await store.transaction(async (tx) => {
        await add(tx, 'uncommitted');
        assert.ok(!(await ids(store)).includes('uncommitted'));
      });
      assert.ok((await ids(store)).includes('uncommitted'));
    });

    it('runs hooks after the commit, in order, and none after a rollback', async () => {
      const seen: string[] = [];
      await store.transaction(async (tx) => {
        tx.onCommit(() => seen.push('first'));
        await add(tx, 'hooks');
        tx.onCommit(() => seen.push('second'));
        seen.push('work');
      });
      assert.deepEqual(seen, ['work', 'first', 'second']);
      await assert.rejects(store.transaction(async (tx) => {
        tx.onCommit(() => seen.push('never'));
        throw new Error('no');
      }));
      assert.deepEqual(seen, ['work', 'first', 'second']);
    });

    it('does not do committed work again when a hook throws', async () => {
      let runs = 0;
      await assert.rejects(store.transaction(async (tx) => {
        runs += 1;
        tx.onCommit(() => { throw Object.assign(new Error('in a hook'), { code: '40P01' }); });
      }), /in a hook/);
      assert.equal(runs, 1);
    });

    it('keeps transactions that run at the same time apart', async () => {
      await store.transaction((tx) => add(tx, 'counter'));
      const increment = () => store.transaction(async (tx) => {
        const query = tx.db.selectFrom('accounts').select('created_at').where('id', '=', 'counter');
        const { created_at: value } = await (tx.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirstOrThrow();
        await tx.db.updateTable('accounts').set({ created_at: value + 1 }).where('id', '=', 'counter').execute();
      });
      await Promise.all(Array.from({ length: 40 }, increment));
      const { created_at: value } = await store.read.selectFrom('accounts').select('created_at').where('id', '=', 'counter').executeTakeFirstOrThrow();
      assert.equal(value, account('counter').created_at + 40);
    });

    it('takes thousands of values in one statement', async () => {
      await store.transaction((tx) => tx.db.insertInto('accounts').values(Array.from({ length: 5000 }, (_, i) => account(`many ${i}`))).execute());
      const { count } = await store.read.selectFrom('accounts').select((eb) => eb.fn.countAll<number>().as('count')).where('id', 'like', 'many %').executeTakeFirstOrThrow();
      assert.equal(Number(count), 5000);
    });

    it('finds everything again when it is opened anew, and migrates only once', async () => {
      await store.transaction((tx) => add(tx, 'kept'));
      const before = await ids(store);
      await store.close();
      store = await openStore(place.location);
      assert.deepEqual(await ids(store), before);
    });
  });
}

/** @returns the process when it has written. */
async function hold(folder: string, exclusive: boolean, id: string) {
  const program = fileURLToPath(new URL('storeHolder.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, folder, exclusive ? 'exclusive' : 'shared', id], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('the embedded store and other processes', () => {
  const sqliteFolder = async () => {
    const { location, remove } = await freshLocation('sqlite');
    return { folder: location.kind === 'sqlite' ? location.folder : '', remove, [Symbol.dispose]: remove };
  };

  it('refuses a second server by name, and serves it once the first has closed', async () => {
    using place = await sqliteFolder();
    const { folder } = place;
    await using first = await opened({ kind: 'sqlite', folder, exclusive: true });
    await assert.rejects(openStore({ kind: 'sqlite', folder, exclusive: true }), (error: Error) =>
      error instanceof StoreInUse && error.message.includes(folder) && error.message.includes('ASSAY_DATA_DIR'));
    await first.transaction((tx) => add(tx, 'still works'));
    await first.close();
    await using second = await opened({ kind: 'sqlite', folder, exclusive: true });
    assert.deepEqual(await ids(second), ['still works']);
  });

  it('lets a command write while the server has it open', async () => {
    using place = await sqliteFolder();
    const { folder } = place;
    await using server = await opened({ kind: 'sqlite', folder, exclusive: true });
    await server.transaction((tx) => add(tx, 'server'));
    const command = await hold(folder, false, 'command');
    await server.transaction((tx) => add(tx, 'server again'));
    assert.deepEqual(await ids(server), ['command', 'server', 'server again']);
    if (command.exitCode === null) await once(command, 'exit');
    assert.equal(command.exitCode, 0);
  });

  it('keeps what was committed before kill -9 and nothing else, and lets the next server in', async () => {
    using place = await sqliteFolder();
    const { folder } = place;
    const server = await hold(folder, true, 'server');
    await assert.rejects(openStore({ kind: 'sqlite', folder, exclusive: true }), StoreInUse);
    server.kill('SIGKILL');
    await once(server, 'exit');
    await using next = await opened({ kind: 'sqlite', folder, exclusive: true });
    assert.deepEqual(await ids(next), ['server']);
  });

  it('is made by whoever comes first, when several processes open it empty', async () => {
    using place = await sqliteFolder();
    const { folder } = place;
    await Promise.all(['a', 'b', 'c'].map((id) => hold(folder, false, id)));
    await using store = await opened({ kind: 'sqlite', folder, exclusive: true });
    assert.deepEqual(await ids(store), ['a', 'b', 'c']);
  });

  it('is for its owner only, and closes its files even when nobody has read', async () => {
    using place = await sqliteFolder();
    const { folder } = place;
    place.remove();
    await using store = await opened({ kind: 'sqlite', folder, exclusive: true });
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    await store.close();
    assert.ok(!existsSync(join(folder, 'assay.db-wal')), 'the last connection to close removes the write-ahead log');
  });

  it('rolls a migration back that breaks off in the middle', async () => {
    using place = await sqliteFolder();
    const { folder } = place;
    const { DatabaseSync } = await import('node:sqlite');
    const obstacle = new DatabaseSync(join(folder, 'assay.db'));
    // The last table of the first migration is there already: all before it are made, then it fails.
    obstacle.exec('create table queue_entries (id text)');
    await assert.rejects(openStore({ kind: 'sqlite', folder, exclusive: true }));
    obstacle.exec('drop table queue_entries');
    obstacle.close();
    await using store = await opened({ kind: 'sqlite', folder, exclusive: true });
    assert.deepEqual(await ids(store), []);
  });
});

describe('the store on PostgreSQL', () => {
  it('is made by whoever comes first, when several servers open it empty', async () => {
    const { location } = await freshLocation('postgres');
    const stores = await Promise.all([1, 2, 3].map(() => opened(location)));
    await using closing = new AsyncDisposableStack();
    for (const one of stores) closing.use(one);
    await Promise.all(stores.map((one, i) => one.transaction((tx) => add(tx, `from ${i}`))));
    assert.deepEqual(await ids(stores[0]!), ['from 0', 'from 1', 'from 2']);
  });

  it('does the victim of a deadlock again', async () => {
    const { location } = await freshLocation('postgres');
    await using store = await opened(location);
    await store.transaction(async (tx) => { await add(tx, 'a'); await add(tx, 'b'); });
    let runs = 0;
    const hooks: string[] = [];
    let holding = 0;
    const bothHold = Promise.withResolvers<void>();
    const both = (first: string, second: string) => store.transaction(async (tx) => {
      runs += 1;
      tx.onCommit(() => hooks.push(first));
      await tx.db.updateTable('accounts').set({ name: first }).where('id', '=', first).execute();
      holding += 1;
      if (holding === 2) bothHold.resolve();
      await bothHold.promise;
      await tx.db.updateTable('accounts').set({ name: first }).where('id', '=', second).execute();
    });
    await Promise.all([both('a', 'b'), both('b', 'a')]);
    assert.equal(runs, 3, 'one of the two ran twice');
    assert.deepEqual(hooks.sort(), ['a', 'b'], 'each hook ran once');
  });

  it('gives a transaction up that is a victim each time', async () => {
    const { location } = await freshLocation('postgres');
    await using store = await opened(location);
    let runs = 0;
    await assert.rejects(store.transaction(async (tx) => {
      runs += 1;
      await sql`do $$ begin raise exception 'conflict' using errcode = '40001'; end $$`.execute(tx.db);
    }), /conflict/);
    assert.equal(runs, 5);
  });

  it('survives connections that the database ends, idle ones and one in a transaction', async () => {
    const { location } = await freshLocation('postgres');
    await using store = await opened(location);
    await using operator = await opened(location);
    await assert.rejects(store.transaction(async (tx) => {
      await add(tx, 'lost');
      await operator.pool?.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
      await add(tx, 'lost too');
    }));
    await store.transaction((tx) => add(tx, 'after'));
    assert.deepEqual(await ids(store), ['after']);
  });
});
