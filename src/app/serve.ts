/** A server and an agent as services: they run until a signal stops them and log JSON lines. */
import { startRemoteAgent } from './startRemoteAgent.ts';
import type { AgentConfig, ServerConfig } from './config.ts';
import { createLog } from './createLog.ts';
import { openDataFolder } from './dataFolder.ts';
import { startServer } from './startServer.ts';
import { aborted, awaitStopRequest } from './stopRequest.ts';

/** How long an agent's running checks may go on after a request to stop. */
const AGENT_STOP_GRACE_MS = 30_000;

/** @returns the exit code. Rejects when the server cannot start. */
export async function serveUntilStopped(config: ServerConfig): Promise<number> {
  const stop = awaitStopRequest();
  openDataFolder(config.dataDir);
  const log = createLog(config.logLevel);
  const server = await startServer(config, log);
  if ((await server.accounts.listAccounts()).length === 0) log.warn('There is no account yet: make one with `assay accounts create --name …`');
  await aborted(stop);
  log.info('Stopping');
  await server.close();
  return 0;
}

/** @returns the exit code. Rejects with a sentence when the server does not take the agent's key or turns it away later. */
export async function workUntilStopped(config: AgentConfig): Promise<number> {
  const stop = awaitStopRequest();
  const log = createLog(config.logLevel);
  const agent = await Promise.race([startRemoteAgent(config, log), aborted(stop)]);
  // Still waiting for its server: it holds nothing that would have to be wound down.
  if (!agent) process.exit(0);
  const reason = await Promise.race([agent.ended, aborted(stop)]);
  if (reason) throw new Error(reason.message);
  log.info('Stopping');
  await agent.stop({ graceMs: AGENT_STOP_GRACE_MS });
  return 0;
}
