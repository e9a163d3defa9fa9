/** Runs of `npx playwright test` that took place elsewhere, told by the reporter package (cli-wire 10). */
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Type } from 'typebox';
import { AccountHeader, Uuid } from '../../contract/base.ts';
import { RecordedBody, RecordingAnswer, RecordingBody } from '../../contract/recordings.ts';
import type { Plan } from '../../sessions/plan.ts';
import { RECORDED_PLACE } from '../../sessions/record.ts';
import type { Principal } from '../authenticate.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { factsOf } from '../planRun.ts';
import { sessionLink } from '../presentResult.ts';
import { readCounts, readLog, recordedOutcome } from '../recordings/recordedOutcome.ts';
import { unpackArchive } from '../recordings/unpackArchive.ts';
import { refusals } from '../refusals.ts';

const Params = Type.Object({ testSessionId: Uuid, testResultId: Uuid });
/** Errors of a large suite, each with the code around it. */
const RECORDED_LIMIT = 32 * 1024 * 1024;
/** Bytes of a log or a report that is read; a longer one is a file only. */
const READ_FILE_LIMIT = 16 * 1024 * 1024;
/** Where the run took place, for people: no agent of ours. */
const ELSEWHERE = 'local';

function planOf({ accountId, userId, name }: Principal, body: RecordingBody): Plan {
  return {
    accountId, name: body.name, provider: 'PW_REPORTER', recorded: true, runSource: 'PW_REPORTER', projectId: null,
    location: { code: ELSEWHERE, locationId: RECORDED_PLACE, privateLocationId: null, proxyUrl: null }, suiteId: null, streamLogs: false,
    invoker: { userId, name: userId === null ? null : name }, facts: factsOf({ repoInfo: body.repoInfo, environment: body.environment }),
    checks: body.testResults.map((result, i) => ({
      logicalId: String(i), checkId: null, checkType: 'PLAYWRIGHT', name: result.name, filePath: null, checkRunId: null, weight: 'heavy', settings: null,
      variables: [], retryStrategy: null, scheduleError: null, notices: [],
    })),
  };
}

export async function recordingsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { engine, assets, read } = deps;
  const of = ({ params: { testSessionId, testResultId }, principal }: { params: { testSessionId: string; testResultId: string }; principal: Principal }) =>
    ({ accountId: principal.accountId, sessionId: testSessionId, resultId: testResultId });
  const fileOf = (resultId: string, type: 'log' | 'report') => read.selectFrom('assets').selectAll().where('result_id', '=', resultId).where('type', '=', type)
    .where('size', '<=', READ_FILE_LIMIT).executeTakeFirst();
  const textOf = async (file: { storage_key: string }) => text((await assets.open(file.storage_key)).stream);

  app.post('/next/test-sessions/create', {
    config: { role: 'READ_RUN' },
    schema: { headers: AccountHeader, body: RecordingBody, response: { 201: RecordingAnswer, ...refusals(400) } },
  }, async (request, reply) => {
    const { accountId } = request.principal;
    const { sessionId, resultIds } = await engine.record(planOf(request.principal, request.body), Math.round(request.body.startedAt ?? deps.clock()));
    return reply.code(201).send({
      testSessionId: sessionId, testResults: resultIds.map((testResultId) => ({ testResultId })), link: sessionLink(deps.config.publicUrl(), accountId, sessionId),
    });
  });

  // The second is the reporter's way out when the first one fails; forms are not taken, which the refusal says (415).
  for (const path of ['upload', 'assets']) {
    app.post(`/next/test-sessions/:testSessionId/results/:testResultId/${path}`, {
      config: { role: 'READ_RUN', stream: true, rateLimit: false },
      schema: { headers: AccountHeader, params: Params, response: { 201: Type.Object({ assetId: Uuid }), ...refusals(400, 404, 409, 413, 415) } },
    }, async (request, reply) => {
      const recording = of(request);
      await engine.checkRecording(recording);
      const archive = await assets.put(request.body as Readable);
      try {
        const files = await unpackArchive(assets, archive, recording.accountId);
        await engine.recordFiles(recording, files).catch(async (error: unknown) => {
          for (const { storageKey } of files) await assets.remove(storageKey);
          throw error;
        });
      } finally {
        await assets.remove(archive.key);
      }
      // The reporter asks for an id and never sends it back: the archive is the result's only one.
      return reply.code(201).send({ assetId: recording.resultId });
    });
  }

  app.post('/next/test-sessions/:testSessionId/results/:testResultId', {
    config: { role: 'READ_RUN' }, bodyLimit: RECORDED_LIMIT,
    schema: { headers: AccountHeader, params: Params, body: RecordedBody, response: { 200: Type.Object({}), ...refusals(400, 404, 409, 413) } },
  }, async (request) => {
    const recording = of(request);
    await engine.checkRecording(recording);
    const [logFile, reportFile] = [await fileOf(recording.resultId, 'log'), await fileOf(recording.resultId, 'report')];
    const log = logFile ? readLog(await textOf(logFile)) : null;
    const counts = reportFile ? readCounts(await textOf(reportFile)) : null;
    await engine.recorded(recording, recordedOutcome(request.body, log, counts), log && logFile ? logFile : null);
    return {};
  });
}
