/** prometheus-blackbox-exporter as a peer: the Debian package, with the two modules that the bench uses. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export const EXPORTER = 'prometheus-blackbox-exporter';

export interface Exporter extends AsyncDisposable { pid: number; probeUrl(module: 'http_2xx' | 'tcp_connect', target: string): string }

const CONFIG = `modules:
  http_2xx:
    prober: http
    http: { preferred_ip_protocol: ip4 }
  tcp_connect:
    prober: tcp
    tcp: { preferred_ip_protocol: ip4 }
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function startExporter(): Promise<Exporter> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-exporter-'));
  const configFile = join(folder, 'blackbox.yml');
  writeFileSync(configFile, CONFIG);
  const port = await freePort();
  const child = spawn(EXPORTER, [`--config.file=${configFile}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const answers = () => fetch(`http://127.0.0.1:${port}/-/healthy`).then((response) => response.ok, () => false);
  while (child.exitCode === null && !await answers()) await pause(20);
  if (child.exitCode !== null) throw new Error(`${EXPORTER} ended with code ${child.exitCode}`);
  return {
    pid: child.pid ?? 0,
    probeUrl: (module, target) => `http://127.0.0.1:${port}/probe?module=${module}&target=${encodeURIComponent(target)}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Throws unless the probe succeeds: a fast failure would look like a fast probe. */
export async function checkProbe(url: string): Promise<void> {
  const text = await (await fetch(url)).text();
  if (!text.includes('\nprobe_success 1\n')) throw new Error(`${EXPORTER} cannot probe the target: ${url}\n${text}`);
}
