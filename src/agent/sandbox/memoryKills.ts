/** Whether the kernel has ended a process of a job for want of memory: its control group knows. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The files that count in version 2 and in version 1; both write `oom_kill 3`. */
const COUNTERS = ['memory.events', 'memory.oom_control'];

/** @param members the files that processes join the job's groups by; none: nobody counts. To be asked before the groups are removed. */
export async function ranOutOfMemory(members: readonly string[]): Promise<boolean> {
  for (const member of members) {
    for (const counter of COUNTERS) {
      const text = await readFile(join(dirname(member), counter), 'utf8').catch(() => '');
      if (Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0) return true;
    }
  }
  return false;
}
