/** Runs the faults of probes, each several times, against servers that misbehave. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMachine } from '../../../src/agent/machine.ts';
import { createScriptRunner } from '../../../src/agent/scripts/scriptRunner.ts';
import { createEgress } from '../../../src/checks/kit/egress.ts';
import { probeContext } from '../../../test/httpTargets.ts';
import { noiseOf } from '../noise.ts';
import type { Sample } from '../sample.ts';
import { openShop } from '../shopServer.ts';
import { sampleOf, type ProbeFault } from './fault.ts';
import { httpFaults } from './httpFaults.ts';
import { networkFaults } from './networkFaults.ts';
import { ourFaults, scriptFaults } from './scriptFaults.ts';

const ROUNDS = 3;
const policy = createEgress({ policies: [{ of: 'location', allow: [], deny: [], loopback: true }], own: [], local: [] });

async function runAll(faults: readonly ProbeFault[], rounds = ROUNDS): Promise<Sample[]> {
  const folder = mkdtempSync(join(tmpdir(), 'run-'));
  const machine = openMachine({ allowUnsandboxed: false, keepPictures: false, folder });
  const runScript = createScriptRunner(machine);
  const samples: Sample[] = [];
  for (let round = 1; round <= rounds; round++) {
    await using shop = await openShop(noiseOf(round, 'probes'));
    const slow: Promise<void>[] = [];
    for (const [index, fault] of faults.entries()) {
      const noise = noiseOf(round * 10 + index % 10, fault.group);
      const context = probeContext({ scripts: (job) => runScript(job, { signal: new AbortController().signal, log: () => {}, egress: { policy, onDenied: () => {} } }) });
      const done = fault.run({ ...noise, round, shop, base: `http://127.0.0.1:${shop.port}`, context })
        .then((outcome) => { samples.push(sampleOf(fault, outcome, round)); })
        .catch((error: unknown) => { process.stderr.write(`${fault.group}: ${String(error)}\n`); });
      // Those that wait for a limit need not wait for each other.
      if (/timeout|waits/.test(fault.group)) slow.push(done);
      else await done;
    }
    await Promise.all(slow);
  }
  await machine.close();
  rmSync(folder, { recursive: true, force: true });
  return samples;
}

export const probeFamilies: Readonly<Record<string, () => Promise<Sample[]>>> = {
  http: () => runAll(httpFaults), network: () => runAll(networkFaults), scripts: () => runAll(scriptFaults), ours: () => runAll(ourFaults),
};
