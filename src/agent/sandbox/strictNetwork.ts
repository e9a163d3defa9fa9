/** What a command at level `strict` needs beside its empty network: the agent's socket, the relay that leads to it, the hook for Node. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openEgressServer, type EgressServer } from '../egress/openEgressServer.ts';
import type { SandboxLimits } from './sandbox.ts';

export interface StrictNetwork {
  /** Its folder, for the sandbox to show. */
  readonly mounts: readonly string[];
  readonly egress: EgressServer;
  /** Adds what leads programs to the relay. */
  env(given: Readonly<Record<string, string>>): Record<string, string>;
  /** The command with the relay before it. */
  command(given: readonly string[]): string[];
  /** Ends all connections and removes the folder. */
  close(): Promise<void>;
}

/** On the sandbox's own loopback, where nobody else is. hook.ts knows it too. */
const RELAY_PORT = 61_080;
/** What the relay uses up beside the job. */
const RELAY_LIMITS = { processes: 8, memoryBytes: 64 * 1024 * 1024 };
/** Few threads and little memory: it only moves bytes. */
const RELAY_FLAGS = ['--v8-pool-size=0', '--max-old-space-size=32'];
/** Six words are the relay's, the rest is the command. */
const RELAY = '/usr/bin/env -i UV_THREADPOOL_SIZE=1 "$1" "$2" "$3" "$4" "$5" "$6" 2>/dev/null 3>&- 4>&-';
/** The substitution ends when the relay closes its output: it listens then. */
const AFTER_RELAY = `[ "$(${RELAY} &)" = ready ] || { echo 'The relay of the sandbox did not start.' >&2; exit 125; }; shift 6; exec "$@"`;
/** Node starts at the same time: the hook waits for the relay, which then costs next to nothing. */
const WITH_RELAY = `${RELAY} >/dev/null & shift 6; exec "$@"`;

/** The limits of a job with room for the relay. */
export function withRelay(limits: SandboxLimits): SandboxLimits {
  return { ...limits, processes: limits.processes + RELAY_LIMITS.processes, memoryBytes: limits.memoryBytes + RELAY_LIMITS.memoryBytes };
}

/** @param jobFolder its own folder stands beside it. `uid`: who the command runs as; null: the agent's own user. */
export async function openStrictNetwork(jobFolder: string, uid: number | null): Promise<StrictNetwork> {
  const folder = `${jobFolder}.net`;
  const [socket, relay, hook] = [join(folder, 'agent.sock'), join(folder, 'relay.cjs'), join(folder, 'hook.cjs')];
  const programs = await insidePrograms();
  await mkdir(folder);
  let egress: EgressServer;
  try {
    const files = { [relay]: programs.relay, [hook]: programs.hook, [join(folder, '.curlrc')]: `proxy = socks5h://127.0.0.1:${RELAY_PORT}\n`, [join(folder, 'wgetrc')]: wgetrc() };
    await Promise.all(Object.entries(files).map(async ([path, text]) => {
      await writeFile(path, text);
      await chmod(path, 0o644);
    }));
    await chmod(folder, 0o755);
    egress = await openEgressServer(socket, uid);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    mounts: [folder, process.execPath], egress,
    env: ({ NODE_OPTIONS = '', ...given }) => ({ ...environment(folder), ...given, NODE_OPTIONS: `--require "${hook}" ${NODE_OPTIONS}`.trim() }),
    command: (given) => ['/bin/sh', '-c', given[0] === process.execPath ? WITH_RELAY : AFTER_RELAY, 'sh', process.execPath, ...RELAY_FLAGS, relay, socket, String(RELAY_PORT), ...given],
    async close() {
      await egress.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const wgetrc = (): string => ['http', 'https'].map((scheme) => `${scheme}_proxy = http://127.0.0.1:${RELAY_PORT}\n`).join('');

/** No HTTP_PROXY: libraries in Node would obey it, though they need no proxy, and would lose the target's own errors. */
function environment(folder: string): Record<string, string> {
  return {
    ASSAY_BROWSER_FLAGS: `--proxy-server=socks5://127.0.0.1:${RELAY_PORT} --proxy-bypass-list=<-loopback>`,
    CURL_HOME: folder, WGETRC: join(folder, 'wgetrc'),
    GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.proxy', GIT_CONFIG_VALUE_0: `socks5h://127.0.0.1:${RELAY_PORT}`,
  };
}

interface InsidePrograms { relay: string; hook: string }
let programs: Promise<InsidePrograms> | null = null;

/** As plain scripts, so that no Node in a sandbox has to take types out of them. */
function insidePrograms(): Promise<InsidePrograms> {
  return programs ??= (async () => ({ relay: await plainScript('relay'), hook: await plainScript('hook') }))().catch((error: unknown) => {
    programs = null;
    throw error;
  });
}

async function plainScript(name: 'relay' | 'hook'): Promise<string> {
  const here = import.meta.url;
  const path = fileURLToPath(new URL(`./inside/${name}${here.endsWith('.ts') ? '.ts' : '.js'}`, here));
  const text = path.endsWith('.ts')
    // In a process of its own: here it would print a warning.
    ? (await promisify(execFile)(process.execPath, ['--no-warnings', '-e', 'process.stdout.write(require("node:module").stripTypeScriptTypes(require("node:fs").readFileSync(process.argv[1], "utf8")))', path])).stdout
    : await readFile(path, 'utf8');
  return text.replace(/^export \{\};?$/gm, '');
}
