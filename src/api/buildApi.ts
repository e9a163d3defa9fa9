/**
 * The HTTP door: puts authentication, limits, bodies, errors and routes into one Fastify app.
 * Promises: every answer is in the contract's form, whatever was sent; nothing reaches a handler that its schema does not allow.
 * Never: a business rule, a write to the store, or a status of its own invention.
 */
import fastify, { LogController, type FastifyInstance } from 'fastify';
import { admit, identifyCaller } from './authenticate.ts';
import { documentApi } from './apiDocument.ts';
import { takeBodies } from './bodies.ts';
import type { Api, ApiDeps } from './deps.ts';
import { limitRate } from './rateLimit.ts';
import { answerError, answerUnknownRoute, describeInvalid } from './refusals.ts';
import { createQueryShape } from './shapeQuery.ts';
import { agentsRoutes } from './routes/agents.ts';
import { aroundResultRoutes } from './routes/aroundResult.ts';
import { assetsRoutes } from './routes/assets.ts';
import { recordingsRoutes } from './routes/recordings.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { keyPagesRoutes } from './routes/keyPages.ts';
import { settingsPagesRoutes } from './routes/settingsPages.ts';
import { liveEventsRoutes } from './routes/liveEvents.ts';
import { runAgainRoutes } from './routes/runAgain.ts';
import { sessionViewsRoutes } from './routes/sessionViews.ts';
import { pagesRoutes } from './routes/pages.ts';
import { errorGroupPagesRoutes } from './routes/errorGroupPages.ts';
import { errorGroupsRoutes, testSessionErrorGroupsRoutes } from './routes/errorGroups.ts';
import { flakinessRoutes } from './routes/flakiness.ts';
import { signInRoutes } from './routes/signIn.ts';
import { resultFilesRoutes } from './routes/resultFiles.ts';
import { nextAssetsRoutes, resultsRoutes } from './routes/results.ts';
import { rootCauseAnalysesRoutes } from './routes/rootCauseAnalyses.ts';
import { runsRoutes, triggersRoutes } from './routes/runs.ts';
import { signedAssetsRoutes } from './routes/signedAssets.ts';
import { storageRoutes } from './routes/storage.ts';
import { testSessionsRoutes } from './routes/testSessions.ts';
import { traceViewerRoutes } from './routes/traceViewer.ts';
import { accountsRoutes } from './routes/accounts.ts';
import { certificatesRoutes } from './routes/certificates.ts';
import { healthRoutes } from './routes/health.ts';
import { locationsRoutes } from './routes/locations.ts';
import { membersRoutes } from './routes/members.ts';
import { privateLocationsRoutes } from './routes/privateLocations.ts';
import { runtimesRoutes } from './routes/runtimes.ts';
import { snippetsRoutes } from './routes/snippets.ts';
import { variablesRoutes } from './routes/variables.ts';

/** A large upload over a slow line must fit; a client that trickles a request must not hold a socket for ever. */
const REQUEST_TIMEOUT_MS = 600_000;
const MAX_PARAM_LENGTH = 2_000;

function createApp({ config, log }: ApiDeps): Api {
  const app = fastify({
    ...(log ? { loggerInstance: log } : {}),
    // One line a request costs more than most requests; errors are logged where they are printed.
    logController: new LogController({ disableRequestLogging: true }),
    // Nor a logger of its own for each request: the printer of errors names the request.
    childLoggerFactory: (logger) => logger,
    bodyLimit: config.bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // strictSchema would forbid the contract's defaults inside alternatives, which document and do not fill in.
    ajv: { customOptions: { useDefaults: true, coerceTypes: false, removeAdditional: false, strictSchema: false } },
    schemaErrorFormatter: describeInvalid,
    frameworkErrors: answerError,
  });
  return app as unknown as Api;
}

/** Hooks in the order in which a request meets them; the rate limit stands between `identifyCaller` and `admit`. */
async function addHooks(app: Api, deps: ApiDeps): Promise<void> {
  app.decorateRequest('principal');
  app.decorateRequest('key');
  app.decorateRequest('location');
  app.decorateRequest('refusal', null);
  app.addHook('onRequest', identifyCaller(deps));
  await limitRate(app, deps);
  app.addHook('preParsing', admit);
  takeBodies(app, deps);
  app.addHook('onRoute', (route) => {
    const { querystring, params } = route.schema ?? {};
    const shapes = [...(querystring ? [['query', createQueryShape(querystring)] as const] : []), ...(params ? [['params', createQueryShape(params)] as const] : [])];
    if (shapes.length === 0) return;
    route.preValidation = [route.preValidation ?? []].flat();
    route.preValidation.push((request, _reply, done) => {
      for (const [part, shape] of shapes) request[part] = shape(request[part] as Record<string, unknown>);
      done();
    });
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(answerUnknownRoute);
}

/** Builds the app with all its routes; it does not listen yet. */
export async function buildApi(deps: ApiDeps): Promise<FastifyInstance> {
  const app = createApp(deps);
  await addHooks(app, deps);
  await documentApi(app);
  const routes = [
    healthRoutes, accountsRoutes, membersRoutes, runtimesRoutes, locationsRoutes, privateLocationsRoutes, variablesRoutes, snippetsRoutes, certificatesRoutes,
    runsRoutes, triggersRoutes, testSessionsRoutes, resultsRoutes, assetsRoutes, nextAssetsRoutes, signedAssetsRoutes, traceViewerRoutes, recordingsRoutes, storageRoutes, agentsRoutes, metricsRoutes, signInRoutes, liveEventsRoutes, resultFilesRoutes, aroundResultRoutes, runAgainRoutes, sessionViewsRoutes, pagesRoutes,
    testSessionErrorGroupsRoutes, errorGroupsRoutes, rootCauseAnalysesRoutes, flakinessRoutes,
    errorGroupPagesRoutes, keyPagesRoutes, settingsPagesRoutes,
  ];
  for (const add of routes) await app.register(async (scope) => add(scope as unknown as Api, deps));
  return app as unknown as FastifyInstance;
}
