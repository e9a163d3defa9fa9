/** The settings pages about places, retention and the CLI. Everybody may read them; what is due to go is told to those who look after the account. */
import type { FastifyRequest } from 'fastify';
import { Connection, PlaceList, RetentionPage, type RetentionClass } from '../../contract/pages/settings.ts';
import { MQTT_PATH } from '../../events/mqttBroker.ts';
import { RETENTION_CLASSES } from '../../sessions/retention/classes.ts';
import { foresee } from '../../sessions/retention/foresee.ts';
import { allows } from '../authenticate.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { accountInPath, uuidParams } from '../pathIds.ts';
import { readPlaces } from '../places/readPlaces.ts';
import { isoOrNull } from '../presentResult.ts';
import { refusals } from '../refusals.ts';

/** Rows of each class that are looked at for what is due. */
const MOST_DUE = 5_000;
const DUE_ROLE = 'ADMIN';

const accountOf = (request: FastifyRequest) => accountInPath(request, (request.params as { accountId: string }).accountId);

async function retentionOf({ read, clock, config }: ApiDeps, accountId: string, isTold: boolean): Promise<RetentionClass[]> {
  const days = config.retention;
  const foreseen = isTold ? await foresee(read, accountId, days, clock(), MOST_DUE) : [];
  return RETENTION_CLASSES.map((name) => {
    const due = foreseen.find((one) => one.class === name);
    if (due) return { name, days: days[name], due: { count: due.count, atLeast: due.atLeast, bytes: due.bytes, oldest: isoOrNull(due.oldest) } };
    return { name, days: days[name], due: isTold ? { count: 0, atLeast: false, bytes: name === 'sessions' ? null : 0, oldest: null } : null };
  });
}

export async function settingsPagesRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const path = '/web/accounts/:accountId';
  const config = { access: 'key' } as const;
  const params = uuidParams('accountId');

  app.get(`${path}/places`, { config, schema: { hide: true, params, response: { 200: PlaceList, ...refusals(400, 404) } } },
    async (request) => readPlaces(deps.read, accountOf(request).accountId, deps.clock()));

  app.get(`${path}/retention`, { config, schema: { hide: true, params, response: { 200: RetentionPage, ...refusals(400, 404) } } }, async (request) => {
    const { accountId, role } = accountOf(request);
    return { classes: await retentionOf(deps, accountId, allows(role, DUE_ROLE)) };
  });

  app.get(`${path}/connection`, { config, schema: { hide: true, params, response: { 200: Connection, ...refusals(400, 404) } } }, async (request) => {
    const apiUrl = deps.config.publicUrl();
    return { apiUrl, mqttUrl: `${apiUrl.replace(/^http/, 'ws')}${MQTT_PATH}`, accountId: accountOf(request).accountId };
  });
}
