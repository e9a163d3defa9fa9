/** 600 requests a minute and key (I.3), per address where there is no key. Routes with `config: {rateLimit: false}` are not counted. */
import rateLimit from '@fastify/rate-limit';
import { Refusal } from '../contract/errors.ts';
import type { Api, ApiDeps } from './deps.ts';

const WINDOW_MS = 60_000;

/** The plugin writes the standard headers; the older `X-RateLimit-*` are copied from them, with the reset as a Unix time in s. */
export async function limitRate(app: Api, { config, clock }: ApiDeps): Promise<void> {
  if (config.rateLimitPerMinute === 0) return;
  await app.register(rateLimit, {
    max: config.rateLimitPerMinute,
    timeWindow: WINDOW_MS,
    enableDraftSpec: true,
    cache: 50_000,
    keyGenerator: (request) => {
      if (request.refusal?.statusCode === 401) return `address ${request.ip}`;
      if (request.location) return `location ${request.location.locationId}`;
      if (request.key) return `key ${request.key.keyId} ${request.principal?.accountId ?? ''}`;
      return `address ${request.ip}`;
    },
    errorResponseBuilder: (_request, { max, after }) =>
      new Refusal(429, `The limit of ${max} requests a minute is used up; try again in ${after}.`),
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    const limit = reply.getHeader('ratelimit-limit');
    if (limit !== undefined) {
      reply.header('x-ratelimit-limit', limit);
      reply.header('x-ratelimit-remaining', reply.getHeader('ratelimit-remaining'));
      reply.header('x-ratelimit-reset', Math.floor(clock() / 1000) + Number(reply.getHeader('ratelimit-reset')));
    }
    done(null, payload);
  });
}
