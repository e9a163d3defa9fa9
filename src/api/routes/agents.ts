/** The server's side of the eight verbs (protocol/verbs.ts). An agent sees the runs of its own location only. */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { PUBLIC_LOCATION } from '../../accounts/locations.ts';
import { OneOf } from '../../contract/base.ts';
import { Refusal, refuse } from '../../contract/errors.ts';
import { ASSET_TYPES } from '../../contract/results.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import {
  AGENT_PATH, ExtendRequest, FinishedRequest, HelloRequest, InputRequest, LogRequest, NextRequest, StartedRequest, type ExtendAnswer, type FinishedAnswer,
  type HelloAnswer, type NextAnswer,
} from '../../protocol/verbs.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { hangUp } from '../hangUp.ts';

/** A retry that becomes due wakes nobody: a waiting agent looks again this often. */
const LOOK_EVERY_MS = 500;
const OUTCOME_LIMIT = 8 * 1024 * 1024;
const agent = { access: 'location', rateLimit: false } as const;

export async function agentsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { engine } = deps;
  app.post(`${AGENT_PATH}/hello`, { config: agent, schema: { hide: true, body: HelloRequest } }, async (request): Promise<HelloAnswer> => {
    const { locationId, slug } = request.location;
    const { incarnation, ...told } = request.body;
    await engine.registerAgent({ ...told, id: incarnation, locationId });
    return { agentId: incarnation, location: slug ?? locationId, leaseMs: engine.limits.leaseMs, extendEveryMs: engine.limits.extendEveryMs };
  });

  const known = async (agentId: string, locationId: string): Promise<void> => {
    if (!await engine.seenAgent(agentId, locationId)) throw new Refusal(404, `Agent ${agentId} is not known here: say hello again.`, 'ERR_UNKNOWN_AGENT');
  };

  app.post(`${AGENT_PATH}/next`, { config: agent, schema: { hide: true, body: NextRequest } }, async (request, reply): Promise<NextAnswer> => {
    const { agentId, free, waitMs } = request.body;
    await known(agentId, request.location.locationId);
    return next(deps, { agentId, locationId: request.location.locationId, free, waitMs, signal: hangUp(reply) });
  });

  app.post(`${AGENT_PATH}/started`, { config: agent, schema: { hide: true, body: StartedRequest } }, async (request) => {
    await known(request.body.agentId, request.location.locationId);
    await engine.started(request.body.agentId, request.body.runs);
    return {};
  });

  app.post(`${AGENT_PATH}/log`, { config: agent, bodyLimit: OUTCOME_LIMIT, schema: { hide: true, body: LogRequest } }, async (request) => {
    const { agentId, runId, token, entries } = request.body;
    await known(agentId, request.location.locationId);
    await engine.log(agentId, { runId, token }, entries);
    return {};
  });

  app.post(`${AGENT_PATH}/extend`, { config: agent, schema: { hide: true, body: ExtendRequest } }, async (request): Promise<ExtendAnswer> => {
    await known(request.body.agentId, request.location.locationId);
    return engine.extend(request.body.agentId, request.body.runs);
  });

  app.post(`${AGENT_PATH}/finished`, { config: agent, bodyLimit: OUTCOME_LIMIT, schema: { hide: true, body: FinishedRequest } }, async (request): Promise<FinishedAnswer> => {
    const { agentId, runId, token, outcome } = request.body;
    await known(agentId, request.location.locationId);
    return engine.finished(agentId, { runId, token }, outcome as Outcome);
  });
  inputRoute(app, deps, known);
  assetRoute(app, deps, known);
}

type Known = (agentId: string, locationId: string) => Promise<void>;

function inputRoute(app: Api, { engine, assets }: ApiDeps, known: Known): void {
  app.post(`${AGENT_PATH}/input`, { config: agent, schema: { hide: true, body: InputRequest } }, async (request, reply) => {
    const { agentId, runId, token, key, from = 0 } = request.body;
    await known(agentId, request.location.locationId);
    const file = await engine.findInput(agentId, { runId, token }, key);
    if (from > file.size) throw refuse.badRange();
    const length = file.size - from;
    reply.type('application/octet-stream').header('content-length', length);
    if (length === 0) return reply.send(Buffer.alloc(0));
    const { stream } = await assets.open(file.storage_key, { start: from, end: file.size - 1 }).catch(() => { throw refuse.noUpload(key); });
    return reply.send(stream);
  });
}

/** Work and cancellations: whichever comes first ends the wait. */
async function next(
  { engine, events, accounts, config }: ApiDeps,
  { agentId, locationId, free, waitMs, signal }: { agentId: string; locationId: string; free: { light: number; heavy: number }; waitMs: number; signal: AbortSignal },
): Promise<NextAnswer> {
  const look = async (): Promise<NextAnswer | undefined> => {
    // A caller that hung up must not be handed work that would only lapse.
    if (signal.aborted) return undefined;
    const assignments = await engine.assign({ id: agentId, locationId }, free);
    const cancelled = await engine.cancelledRuns(agentId);
    if (assignments.length === 0) return cancelled.length > 0 ? { assignments, cancelled } : undefined;
    const egress = { ...locationId === PUBLIC_LOCATION ? config.egress.public : await accounts.egressOf(locationId), own: config.egress.own() };
    return { assignments: assignments.map((assignment) => ({ ...assignment, egress })), cancelled };
  };
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const timeoutMs = Math.min(LOOK_EVERY_MS, Math.max(0, waitMs - waited));
    const answer = await events.until([`lane:${locationId}`, `agent:${agentId}`], look, { timeoutMs, signal });
    if (answer) return answer;
    if (signal.aborted || waited + LOOK_EVERY_MS >= waitMs) return { assignments: [], cancelled: [] };
  }
}

function assetRoute(app: Api, { engine, assets, read }: ApiDeps, known: Known): void {
  const Uuid = Type.String({ format: 'uuid' });
  app.post(`${AGENT_PATH}/asset`, {
    config: { ...agent, stream: true },
    schema: {
      hide: true,
      querystring: Type.Object({
        agentId: Uuid, runId: Uuid, token: Type.Integer(), name: Type.String({ minLength: 1, maxLength: 500 }), type: OneOf(ASSET_TYPES),
        contentType: Type.String({ minLength: 1, maxLength: 200, pattern: '^[\\w.+-]+/[\\w.+-]+(; ?charset=[\\w-]+)?$' }),
      }),
    },
  }, async (request) => {
    const { agentId, runId, token, name, type, contentType } = request.query;
    await known(agentId, request.location.locationId);
    // Whether the run is this agent's, the engine says when the bytes are there.
    const run = await read.selectFrom('results').select('account_id').where('id', '=', runId).executeTakeFirst();
    const stored = await assets.put(request.body as Readable, run?.account_id);
    try {
      return { assetId: await engine.keepAsset(agentId, { runId, token }, { name, type, contentType, storageKey: stored.key, size: stored.size }) };
    } catch (error) {
      await assets.remove(stored.key);
      throw error;
    }
  });
}
