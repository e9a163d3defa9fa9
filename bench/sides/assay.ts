/** A whole Assay on the embedded store: HTTP, MQTT and, where asked for, the agent that runs the checks. */
import { pino } from 'pino';
import { startServer } from '../../src/app/startServer.ts';
import { stageConfig } from '../../test/stage.ts';
import { serveSide } from '../sideProcess.ts';

/** `lightSlots` 0: no agent. `heavySlots` is 0 where it is left out. `capture`: packets of runs are captured, as by default. */
export interface AssayArgs { dataDir: string; lightSlots: number; heavySlots?: number; capture?: true }
export interface AssayFacts { apiUrl: string; mqttUrl: string }

await serveSide<AssayArgs>(async ({ dataDir, lightSlots, heavySlots = 0, capture }) => {
  const builtinAgent = lightSlots > 0 ? { light: lightSlots, heavy: heavySlots, name: 'bench' } : null;
  const { apiUrl, mqttUrl, close } = await startServer(stageConfig(dataDir, { builtinAgent, capture: capture ? 'failure' : 'never' }), pino({ level: 'error' }));
  return { facts: { apiUrl, mqttUrl } satisfies AssayFacts, close };
});
