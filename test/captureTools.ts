/** What tests of packet captures need of this machine, and the reason where it is not here. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCaptures } from '../src/agent/capture/openCaptures.ts';

/** Null where packets can be captured, found by doing it. */
export async function whyNoCapture(): Promise<string | null> {
  const captures = openCaptures({ tick: () => performance.now() });
  const hold = await captures.hold([]);
  await captures.close();
  return typeof hold === 'string' ? hold : null;
}

/** Null where captures can be read as well. */
export async function whyNoPackets(): Promise<string | null> {
  const { error } = spawnSync('tshark', ['--version'], { stdio: 'ignore' });
  return error ? 'tshark was not found: apt-get install tshark' : whyNoCapture();
}

/** What is read of each packet; '' where it has no such thing. */
const FIELDS = {
  flags: 'tcp.flags.str', port: 'tcp.srcport', method: 'http.request.method', uri: 'http.request.uri', code: 'http.response.code',
  name: 'dns.qry.name', isAnswer: 'dns.flags.response', rcode: 'dns.flags.rcode', icmp: 'icmp.type', icmpCode: 'icmp.code', handshake: 'tls.handshake.type',
} as const;
export type PacketRow = Record<keyof typeof FIELDS, string>;

const FILE_HEADER = 24;

/**
 * The packets of a pcapng file, or of several pcap files, as tshark understands them: it must accept every byte. It is started
 * once for all of them, for that is what takes time. @param dnsPort where DNS is spoken over TCP.
 */
export function readPackets(files: readonly Buffer[], dnsPort = 53): PacketRow[][] {
  const folder = mkdtempSync(join(tmpdir(), 'assay-packets-'));
  try {
    const path = join(folder, 'capture');
    writeFileSync(path, Buffer.concat(files.map((file, index) => (index === 0 ? file : file.subarray(FILE_HEADER)))));
    const args = ['-n', '-r', path, '-d', `tcp.port==${dnsPort},dns`, '-T', 'fields', ...Object.values(FIELDS).flatMap((field) => ['-e', field])];
    const { status, stdout, stderr } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8' } });
    if (status !== 0) throw new Error(`tshark ended with ${status}: ${stderr}`);
    const rows = stdout.split('\n').slice(0, -1).map((line): PacketRow => {
      const values = line.split('\t');
      const row = Object.fromEntries(Object.keys(FIELDS).map((key, index) => [key, values[index] ?? ''])) as PacketRow;
      return { ...row, flags: row.flags.replaceAll('·', '') };
    });
    return files.length === 1 ? [rows] : files.map((file) => rows.splice(0, recordsIn(file)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function recordsIn(pcap: Buffer): number {
  let count = 0;
  for (let at = FILE_HEADER; at < pcap.length; at += 16 + pcap.readUInt32LE(at + 8)) count += 1;
  return count;
}
