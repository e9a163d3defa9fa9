/** An agent on a machine of its own: pulls work from a server, needs no inbound port (H.2). */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { startAgent, type RunningAgent } from '../agent/startAgent.ts';
import type { AgentConfig } from './config.ts';
import { VERSION } from './version.ts';

/** Rejects with a sentence when the server does not take the key. */
export function startRemoteAgent(config: AgentConfig, log: Logger): Promise<RunningAgent> {
  return startAgent({
    serverUrl: config.serverUrl, locationKey: config.locationKey, name: config.name, incarnation: randomUUID(), version: VERSION,
    slots: { light: config.light, heavy: config.heavy }, net: config.net, userCode: config.userCode, egress: config.egress, capture: config.capture, clock: { now: () => Date.now(), tick: () => performance.now() }, random: Math.random,
  }, log);
}
