/** What the API is handed: everything that it does happens through these. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { EgressPolicy } from '../contract/egress.ts';
import type { Accounts } from '../accounts/createAccounts.ts';
import type { Assets } from '../assets/openAssets.ts';
import type { EventLog } from '../events/eventLog.ts';
import type { SignedLinks } from './signedLinks.ts';
import type { RetentionDays } from '../sessions/retention/classes.ts';
import type { Engine } from '../sessions/engine.ts';
import type { Reads } from '../store/openStore.ts';

export interface ApiConfig {
  /** The address that links in answers begin with, without a slash at the end; known once the port is. */
  publicUrl: () => string;
  /** Requests a minute and key; 0 switches the limit off. */
  rateLimitPerMinute: number;
  /** What the built-in place may reach, and the ports that are Assay's own, which no check reaches anywhere. */
  egress: { public: EgressPolicy; own: () => { host: string; port: number }[] };
  /** How long this server keeps what runs leave. */
  retention: RetentionDays;
  /** Bytes of a JSON body, once decoded. */
  bodyLimit: number;
  /** Bytes of a raw upload. */
  uploadLimit: number;
  /** Bytes of the body of a run request, once decoded. */
  runBodyLimit: number;
}

export interface ApiDeps {
  config: ApiConfig;
  read: Reads;
  accounts: Accounts;
  engine: Engine;
  events: EventLog;
  assets: Assets;
  links: SignedLinks;
  /** How often retention has taken something, as far as this server has heard: what was rendered before is not shown any more. */
  retired: () => number;
  /** The folder with the files of the trace viewer; absolute. */
  traceViewer: string;
  /** The folder with the built pages; absolute. Where there are none, the pages' addresses say how to build them. */
  web: string;
  metrics: { contentType: string; text(): Promise<string> };
  /** Unix ms. */
  clock: () => number;
  /** Nothing is logged without one. */
  log?: FastifyBaseLogger | undefined;
}

/** The Fastify instance that route files are given: bodies and answers are typed by their TypeBox schemas. */
export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;
