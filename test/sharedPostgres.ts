/** One PostgreSQL for all test files of a run: `node --test --test-global-setup=test/sharedPostgres.ts …`. */
import { startPostgres, type Postgres } from './postgres.ts';

let server: Postgres | undefined;

export async function globalSetup(): Promise<void> {
  if (process.env['ASSAY_TEST_POSTGRES_URL']) return;
  server = await startPostgres();
  process.env['ASSAY_TEST_POSTGRES_URL'] = server.url;
}

export async function globalTeardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
}
