/** What a URL check really leaves: one run against the target, executed as the agent does it. */
import { SILENT } from '../src/agent/agentLog.ts';
import { createInterruption } from '../src/agent/interruption.ts';
import { runProbe } from '../src/agent/runProbe.ts';
import { PROBES } from '../src/checks/probes.ts';
import type { Outcome } from '../src/protocol/outcome.ts';
import { assignmentOf, urlCheck } from './assignments.ts';
import { startSide } from './sideProcess.ts';
import type { TargetFacts } from './sides/target.ts';

export async function sampleOutcome(): Promise<Outcome> {
  await using target = await startSide<TargetFacts>('target', null);
  return runProbe(assignmentOf(urlCheck(target.facts.url)), createInterruption(), {
    probes: PROBES, net: { nameServers: [], useOsResolver: false }, log: SILENT,
    clock: { now: () => Date.now(), tick: () => performance.now() },
  });
}
