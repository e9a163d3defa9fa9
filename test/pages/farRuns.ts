/** Real runs over real routers, with the system's own programs: pings that are lost and refused, ways of several hops. */
import { createIcmpProbe } from '../../src/checks/icmp/probe.ts';
import { createTracerouteProbe } from '../../src/checks/traceroute/probe.ts';
import { SILENT } from '../../src/agent/agentLog.ts';
import { createInterruption } from '../../src/agent/interruption.ts';
import { runProbe, type Surroundings } from '../../src/agent/runProbe.ts';
import type { AgentByHand } from '../agentByHand.ts';
import { startRouters, whyNoRouters } from '../routers.ts';

/** Why there can be none here, or false. */
export const noFarRuns = whyNoRouters();

export interface FarRuns extends AsyncDisposable {
  /** Addresses of the routers and, last, of the target. */
  way: readonly string[];
  /** @param ended hears of each session of one check, by the check's name. */
  run(agent: AgentByHand, ended: (testSessionId: string) => Promise<void>): Promise<void>;
}

/** Three routers, the second of which says nothing of what it drops, and a target that answers three pings and then none for a while. */
export async function startFarRuns(): Promise<FarRuns> {
  const routers = startRouters(3);
  routers.run(2, 'echo 2000000 > /proc/sys/net/ipv4/icmp_ratelimit');
  routers.run(3, 'ip route add unreachable 10.99.0.0/16');
  routers.run(4, 'echo 1 > /proc/sys/net/ipv4/icmp_ratemask; echo 20000 > /proc/sys/net/ipv4/icmp_ratelimit');
  await routers.listen(443);
  const target = routers.v4.at(-1) ?? '';
  const around: Surroundings = {
    probes: { ICMP: createIcmpProbe(routers.atAgent('ping')), TRACEROUTE: createTracerouteProbe({ program: routers.atAgent('traceroute') }) },
    net: { nameServers: [], useOsResolver: true }, clock: { now: () => Date.now(), tick: () => performance.now() }, log: SILENT,
  };
  const checks = [
    { name: 'far way', checkType: 'TRACEROUTE', request: { url: target, protocol: 'TCP', port: 443, ptrLookup: false, assertions: [] } },
    { name: 'far and lossy', checkType: 'ICMP', request: { hostname: target, pingCount: 4, assertions: [] } },
    { name: 'far and refused', checkType: 'ICMP', request: { hostname: '10.99.0.1', pingCount: 2, assertions: [] } },
  ];
  return {
    way: routers.v4,
    async run(agent, ended) {
      for (const check of checks) {
        const { testSessionId } = await agent.run({ logicalId: check.name, ...check });
        const taken = await agent.take();
        await taken.finish(await runProbe(taken.assignment, createInterruption(), around));
        await ended(testSessionId);
      }
    },
    [Symbol.asyncDispose]: () => routers[Symbol.asyncDispose](),
  };
}
