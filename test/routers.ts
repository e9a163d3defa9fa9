/** Routers in a row, each a network namespace of its own, with an agent at one end and a target at the other. Needs root. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Routers extends AsyncDisposable {
  /** IPv4 and IPv6 addresses by which nodes 1 to the target's are seen from the agent; the target is the last. */
  v4: string[];
  v6: string[];
  /** A program that runs `name` where the agent is. */
  atAgent(name: string): string;
  /** Runs lines of `sh` at a node; 0 is the agent's. */
  run(node: number, lines: string): void;
  /** Listens at the target, on a TCP port of both families. */
  listen(port: number): Promise<void>;
}

/** The reason why there can be none here, or false. */
export function whyNoRouters(): string | false {
  if (spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'type', 'veth']).status !== 0) return 'no right to make network namespaces here';
  return spawnSync('traceroute', ['--version']).status === 0 ? false : 'no traceroute here';
}

let made = 0;

/** As many routers as asked for, none of which limits its ICMP messages. */
export function startRouters(routers: number): Routers {
  made += 1;
  const nodes = Array.from({ length: routers + 2 }, (_, node) => `assay-test-${process.pid}-${made}-${node}`);
  const folder = mkdtempSync(join(tmpdir(), 'routers-'));
  chmodSync(folder, 0o755);
  const listeners: ReturnType<typeof spawn>[] = [];
  const sh = (lines: string) => {
    const { status, stderr } = spawnSync('sh', ['-e'], { input: lines, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  const name = (node: number) => nodes[node] ?? assert.fail(`no node ${node}`);
  const target = nodes.length - 1;
  const close = async () => {
    await Promise.all(listeners.map(async (listener) => {
      const closed = once(listener, 'exit');
      listener.kill('SIGKILL');
      await closed;
    }));
    for (const node of nodes) spawnSync('ip', ['netns', 'del', node]);
    rmSync(folder, { recursive: true });
  };
  try {
    sh(nodes.map((node) => `ip netns add ${node}`).join('\n'));
    sh(nodes.slice(1).map((_, link) => wire(name(link), name(link + 1), link)).join('\n'));
    sh(nodes.map((node, index) => roads(node, index, target)).join('\n'));
  } catch (error) {
    void close();
    throw error;
  }
  const links = nodes.slice(1).map((_, link) => link);
  return {
    v4: links.map((link) => `10.77.${link}.2`), v6: links.map((link) => `fd77:${link + 1}::2`),
    atAgent(program) {
      const path = join(folder, `${program}.sh`);
      writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${name(0)} ${program} "$@"\n`, { mode: 0o755 });
      return path;
    },
    run: (node, lines) => sh(`ip netns exec ${name(node)} sh -e <<'LINES'\n${lines}\nLINES`),
    async listen(port) {
      const script = `require('node:net').createServer((socket) => socket.destroy()).listen(${port}, '::', () => console.log('listening'))`;
      const listener = spawn('ip', ['netns', 'exec', name(target), process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      listeners.push(listener);
      await once(listener.stdout, 'data');
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A cable between two neighbours: .1 on the agent's side, .2 on the target's. */
function wire(here: string, there: string, link: number): string {
  return [
    `ip link add right netns ${here} type veth peer name left netns ${there}`,
    ...[[here, 'right', 1], [there, 'left', 2]].flatMap(([node, device, host]) => [
      `ip -n ${node} addr add 10.77.${link}.${host}/24 dev ${device}`, `ip -n ${node} addr add fd77:${link + 1}::${host}/64 dev ${device} nodad`, `ip -n ${node} link set ${device} up`,
    ]),
  ].join('\n');
}

/** Everything unknown goes towards the target, what lies behind towards the agent; the last router knows no other way on. */
function roads(node: string, index: number, target: number): string {
  const settings = { 'ipv4/ip_forward': 1, 'ipv6/conf/all/forwarding': 1, 'ipv4/icmp_ratelimit': 0, 'ipv6/icmp/ratelimit': 0 };
  const back = Array.from({ length: Math.max(0, index - 1) }, (_, link) => [
    `ip -n ${node} route add 10.77.${link}.0/24 via 10.77.${index - 1}.1`, `ip -n ${node} route add fd77:${link + 1}::/64 via fd77:${index}::1`,
  ]).flat();
  const onward = index < target - 1 ? [`ip -n ${node} route add default via 10.77.${index}.2`, `ip -n ${node} route add default via fd77:${index + 1}::2`] : [];
  return [
    `ip -n ${node} link set lo up`, ...back, ...onward,
    `ip netns exec ${node} sh -c '${Object.entries(settings).map(([key, value]) => `echo ${value} > /proc/sys/net/${key}`).join('; ')}'`,
  ].join('\n');
}
