/** The least server that gives an answer: one Fastify route that sends a text it was given. */
import fastify from 'fastify';
import { serveSide } from '../sideProcess.ts';

export interface BareFacts { url: string }

await serveSide<{ text: string; contentType: string }>(async ({ text, contentType }) => {
  const app = fastify();
  app.get('/', async (_request, reply) => reply.type(contentType).send(text));
  return { facts: { url: await app.listen({ host: '127.0.0.1', port: 0 }) } satisfies BareFacts, close: () => app.close() };
});
