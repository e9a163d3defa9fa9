/**
 * An agent: asks the server for work, runs it, reports it (H.2).
 * Promises: never more runs at a time than slots; what has run is reported until the server has taken it or has given the run to
 * another; through a restart of the server it goes on with what it holds; a lost run is dropped in silence.
 * Never: a decision about a run's fate. The server says who cancels, who retries and what counts.
 */
import { PROBES } from '../checks/probes.ts';
import type { EgressPolicy } from '../contract/egress.ts';
import type { Assignment } from '../protocol/assignment.ts';
import type { NextAnswer, ToldSandbox } from '../protocol/verbs.ts';
import { SILENT, type AgentLog } from './agentLog.ts';
import type { CaptureMode } from './capture/captureWish.ts';
import { openCaptures } from './capture/openCaptures.ts';
import { createRunEgress, type AgentEgress } from './egress/runEgress.ts';
import { createHeldRuns, type HeldRun, type HeldRuns } from './heldRuns.ts';
import { createIntake, type Intake } from './intake.ts';
import { createLink, type Link, type LinkProxy } from './link.ts';
import type { LinkError } from './linkError.ts';
import { openMachine, type Machine, type UserCode } from './machine.ts';
import { createMembership, type Membership } from './membership.ts';
import { keepLeases } from './keepLeases.ts';
import { createReports, type Reports } from './reports.ts';
import { openRunLine } from './runLine.ts';
import { runProbe, type Clock, type ProbeTable, type Surroundings } from './runProbe.ts';
import { createPlaywrightRunner } from './playwright/runPlaywright.ts';
import { removeLeftovers } from './sandbox/jobFolder.ts';
import { createScriptRunner } from './scripts/scriptRunner.ts';
import type { Slots } from './slots.ts';

export interface AgentOptions {
  /** http:// or https://, without `/agent/v1`. */
  serverUrl: string;
  /** `pl_…` */
  locationKey: string;
  /** Unique in its location: a newer agent of the same name takes the older one's place. */
  name: string;
  /** A UUID, new for each start. */
  incarnation: string;
  version: string;
  slots: Slots;
  net: Surroundings['net'];
  clock: Clock;
  userCode: UserCode;
  /** What this agent reaches at most, whatever its location allows; absent: no limit of its own. */
  egress?: EgressPolicy | undefined;
  /** When packets of runs are kept, unless a check says so itself; absent: never. */
  capture?: CaptureMode | undefined;
  /** 0 ≤ n < 1; keeps agents from trying again in step. */
  random(): number;
  /** For the traffic with the server only, not for checks (H.3). */
  proxy?: LinkProxy | undefined;
}

export interface AgentStats {
  connected: boolean;
  slots: Slots;
  /** Slots that are taken: runs under way, and outcomes on their way to the server. */
  taken: Slots;
  reporting: number;
  /** Since the start: outcomes accepted (`errored` ones of them), runs lost to others, outcomes nobody took. */
  accepted: number;
  errored: number;
  lost: number;
  unreported: number;
}

export interface RunningAgent {
  /** As the server last said. */
  readonly agentId: string;
  /**
   * Takes no more work, lets runs finish for `graceMs`, then interrupts them and reports what there is. Resolves when nothing is
   * left, at the latest some 15 s after the grace; repeated calls get the same promise.
   */
  stop(options: { graceMs: number }): Promise<void>;
  /** True when no run is under way or unreported. */
  idle(): boolean;
  stats(): AgentStats;
  /** Resolves at the end: null after `stop`, the reason when the server has turned this agent away. */
  readonly ended: Promise<LinkError | null>;
}

/** ms after the start that an agent tells what it gives to user code. */
const TELL_AFTER_MS = 3_000;
/** ms that interrupted runs have to end and to be reported. */
const LAST_REPORTS_MS = 15_000;

/**
 * Starts an agent and resolves when the server knows it; waits for a server that is not there yet.
 * Rejects with a fatal LinkError when the server does not accept the key or the agent, or the address is none.
 */
export async function startAgent(options: AgentOptions, log: AgentLog = SILENT, probes: ProbeTable = PROBES): Promise<RunningAgent> {
  const { name, incarnation, version, slots, clock, net, random } = options;
  const link = createLink(options);
  const tick = () => clock.tick();
  await removeLeftovers();
  const machine = openMachine(options.userCode);
  const ended = Promise.withResolvers<LinkError | null>();
  const membership = await createMembership({
    link, log, tick, random, request: { name, incarnation, version, slots },
    onFatal: (error) => {
      log.error({ reason: error.message }, 'The server has turned this agent away');
      runs.interruptAll('lost');
      void shut(error);
    },
  }).catch((error: unknown) => { link.close(); throw error; });
  const runs = createHeldRuns();
  const reports = createReports({ link, membership, log, tick });
  const counted = { accepted: 0, errored: 0, lost: 0, unreported: 0 };
  const { capture: mode = 'never' } = options;
  const captures = openCaptures({ tick });
  machine.onClose(() => captures.close());
  const around = {
    probes, net, clock, log, ...(mode === 'never' ? {} : { capture: { captures, mode } }), egress: createRunEgress(agentEgress(options), tick), runScript: createScriptRunner(machine), runPlaywright: createPlaywrightRunner(machine),
  };
  const carryOut = createCarrier({ runs, reports, counted, clock, link, membership, around, log, refill: () => intake.refill() });
  const intake: Intake = createIntake({
    link, membership, log, tick, total: slots, taken: () => runs.taken(),
    receive: (answer, offered) => receive(answer, offered, runs, carryOut, log),
  });
  const leases = keepLeases({ link, membership, runs, log });
  // To try the sandbox takes a moment that no check should wait for.
  const telling = setTimeout(() => void tellSandbox(machine).then((sandbox) => (sandbox ? membership.tell({ sandbox }) : undefined)), TELL_AFTER_MS);
  const shut = async (reason: LinkError | null) => {
    clearTimeout(telling);
    leases.stop();
    intake.close();
    membership.leave();
    await machine.close();
    ended.resolve(reason);
  };
  let stopping: Promise<void> | null = null;
  intake.refill();
  log.info({ agentId: membership.facts.agentId, location: membership.facts.location, slots }, 'The agent is ready');
  return {
    get agentId() { return membership.facts.agentId; },
    stop: ({ graceMs }) => stopping ??= windDown({ runs, intake, membership, log, graceMs }).then(() => shut(null)),
    idle: () => runs.size === 0,
    stats: () => ({ connected: membership.connected, slots, taken: runs.taken(), reporting: runs.reporting(), ...counted }),
    ended: ended.promise,
  };
}

/** Longest sentence that the server takes. */
const SAYS_LENGTH = 2_000;

/** What user code is given here, for the server to tell. Found by trying; undefined where even that fails, which runs of user code will say. */
async function tellSandbox(machine: Machine): Promise<ToldSandbox | undefined> {
  const sandbox = await machine.sandbox().catch(() => undefined);
  if (sandbox === undefined) return undefined;
  const { level, says } = typeof sandbox === 'string' ? { level: null, says: sandbox } : sandbox.facts;
  return { level, says: says.slice(0, SAYS_LENGTH) };
}

/** The server's own port is none of the checks' business. */
function agentEgress({ egress, serverUrl }: AgentOptions): AgentEgress {
  const url = URL.parse(serverUrl);
  const own = url === null ? [] : [{ host: url.hostname, port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) }];
  return { policy: egress ?? { allow: [], deny: [], loopback: true }, own };
}

/** Takes in what a poll has brought. False when there was nothing new in it. */
function receive({ assignments, cancelled }: NextAnswer, offered: Slots, runs: HeldRuns, carryOut: (run: HeldRun) => void, log: AgentLog): boolean {
  const room = { ...offered };
  for (const assignment of assignments) {
    // Not held, so its lease lapses and somebody else gets it.
    if (room[assignment.weight]-- <= 0) log.error({ runId: assignment.runId }, 'The server assigned more runs than there are slots: one is left alone');
    else carryOut(runs.add(assignment));
  }
  return runs.interrupt(cancelled, 'cancelled') > 0 || assignments.length > 0;
}

interface CarrierDeps {
  link: Link; membership: Membership; runs: HeldRuns; reports: Reports; counted: Pick<AgentStats, 'accepted' | 'errored' | 'lost' | 'unreported'>; clock: Clock;
  around: Surroundings; log: AgentLog; refill(): void;
}

/** From an assignment to its report; the slot is taken until the report is, so that a slow server gets less work. */
function createCarrier({ link, membership, runs, reports, counted, clock, around, log, refill }: CarrierDeps): (run: HeldRun) => void {
  async function carry(run: HeldRun, assignment: Assignment): Promise<void> {
    // The start is told first, and the end only after it: clients see the two in this order.
    const start = reports.started(assignment, clock.now());
    const line = openRunLine({ link, membership }, assignment, run.interruption);
    const outcome = await runProbe(assignment, run.interruption, around, line);
    if (run.interruption.by === 'lost') {
      await line.end();
      counted.lost += 1;
      return;
    }
    run.reporting = true;
    await start.over();
    await line.end();
    const reported = await reports.finished(assignment, outcome);
    counted[reported] += 1;
    if (reported === 'accepted' && outcome.verdict === 'errored') counted.errored += 1;
  }
  return (run) => {
    carry(run, run.assignment)
      .catch((error: unknown) => log.error({ runId: run.assignment.runId, stack: (error as Error).stack }, 'A run broke the agent\'s own code'))
      .finally(() => {
        runs.remove(run);
        refill();
      });
  };
}

interface WindDown { runs: HeldRuns; intake: Intake; membership: Membership; log: AgentLog; graceMs: number }

async function windDown({ runs, intake, membership, log, graceMs }: WindDown): Promise<void> {
  intake.stopWork();
  log.info({ runs: runs.size, graceMs, agentId: membership.facts.agentId }, 'The agent stops: no more work is taken');
  if (await runs.emptyWithin(graceMs)) return;
  runs.interruptAll('stopped');
  if (await runs.emptyWithin(LAST_REPORTS_MS)) return;
  log.error({ runIds: runs.held().map(({ runId }) => runId) }, 'The agent stops with runs that could not be reported');
}
