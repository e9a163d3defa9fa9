/** A server whose leases never lapse within a test: what goes on after a restart does so for another reason. */
import { readServerConfig } from '../../src/app/config.ts';
import { createLog } from '../../src/app/createLog.ts';
import { startServer } from '../../src/app/startServer.ts';

await startServer(readServerConfig({}), createLog('info'), { leaseMs: 3_600_000, extendEveryMs: 1_000 });
