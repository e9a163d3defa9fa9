/** A whole Assay in one process on port 0, with a temporary store: `await using stage = await startStage()`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readServerConfig, type ServerConfig } from '../src/app/config.ts';
import { startServer, type RunningServer } from '../src/app/startServer.ts';
import type { EngineLimits } from '../src/sessions/limits.ts';

export interface Answer<T> { status: number; headers: Headers; body: T }

export interface Stage extends AsyncDisposable {
  server: RunningServer;
  dataDir: string;
  accountId: string;
  apiKey: string;
  /** A call with the account's key; JSON in, JSON out. */
  call<T = never>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  /** What a person sets to point the CLI here. */
  cliEnv: Record<string, string>;
}

export interface StageOptions { config?: Partial<ServerConfig>; limits?: Partial<EngineLimits>; dataDir?: string }

export function stageConfig(dataDir: string, config: Partial<ServerConfig> = {}): ServerConfig {
  return {
    host: '127.0.0.1', port: 0, portFallback: false, dataDir, databaseUrl: null, publicUrl: null, secretKey: null, rateLimitPerMinute: 0,
    builtinAgent: { light: 32, heavy: 2, name: 'stage' }, net: { nameServers: [], useOsResolver: true }, egress: { allow: [], deny: [], loopback: true }, logLevel: 'fatal',
    retention: readServerConfig({}).retention, runAgainMs: readServerConfig({}).runAgainMs, capture: 'never',
    userCode: { ...readServerConfig({}).userCode, allowUnsandboxed: false, keepPictures: true, warmSlots: 0, folder: join(dataDir, 'agent') }, ...config,
  };
}

export async function startStage({ config = {}, limits = {}, dataDir }: StageOptions = {}): Promise<Stage> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'assay-stage-'));
  const server = await startServer(stageConfig(folder, config), pino({ level: process.env['ASSAY_TEST_LOG'] ?? 'fatal' }), limits);
  const { accountId, apiKey } = await server.accounts.createAccount({ name: 'Stage' });
  const call: Stage['call'] = async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.apiUrl}${path}`, {
      method, headers: { authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as T };
  };
  return {
    server, dataDir: folder, accountId, apiKey, call,
    cliEnv: {
      CHECKLY_ENV: 'local', CHECKLY_API_URL: server.apiUrl, CHECKLY_MQTT_URL: server.mqttUrl, CHECKLY_API_KEY: apiKey, CHECKLY_ACCOUNT_ID: accountId,
      CHECKLY_SKIP_NEW_VERSION_CHECK: 'true', CHECKLY_CLI_MODE: 'ci',
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
