import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** Runs a program in a real group of version 2 (`own`), mounted for it alone, which has one `controller`; with a process beside it on request. */
function inGroup(program: string, neighbour = false): { status: number | null; out: string } {
  const name = `assay-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const script = `const { makeRoomForGroups, folderForGroups } = await import(${JSON.stringify(new URL('roomForGroups.ts', import.meta.url).href)});
    const fs = await import('node:fs'); const own = '/sys/fs/cgroup/${name}'; const [controller] = fs.readFileSync(own + '/cgroup.controllers', 'utf8').trim().split(' ');
    const where = () => /^0::(.*)$/m.exec(fs.readFileSync('/proc/self/cgroup', 'utf8'))[1].replace('/${name}', 'own');
    const code = async (work) => work.then(() => 'done', (error) => error.code);
    ${program}`;
  const shell = `mount -t cgroup2 none /sys/fs/cgroup && cd /sys/fs/cgroup && mkdir "$1" && read -r all < cgroup.controllers && echo "+\${all%% *}" > cgroup.subtree_control || exit 9
    ${neighbour ? 'sleep 60 >/dev/null 2>&1 & echo $! > "$1/cgroup.procs"' : ''}
    sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$1" "$2" --disable-warning=ExperimentalWarning --input-type=module -e "$3"; status=$?
    ${neighbour ? 'kill $!; wait' : ''}
    rmdir "$1"/*/ "$1" 2>/dev/null; test ! -e "$1" || echo left; exit $status`;
  const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', shell, 'sh', name, process.execPath, script], { encoding: 'utf8' });
  return { status, out: stdout + stderr };
}

const trial = inGroup('console.log(controller ?? "none")');
const skip = trial.status !== 0 || !/^\w+\n$/.test(trial.out) || trial.out === 'none\n' ? `no group of version 2 can be made here: ${trial.out.trim().split('\n')[0]}` : false;

test('an agent alone in its group makes room: it moves aside, and children are limited', { skip }, () => {
  const { status, out } = inGroup(`
    await makeRoomForGroups(own, [controller]);
    fs.mkdirSync(own + '/job');
    const limited = fs.readdirSync(own + '/job').some((file) => file.startsWith(controller + '.'));
    fs.rmdirSync(own + '/job');
    await makeRoomForGroups(folderForGroups(own + '/assay-agent'), [controller]);
    console.log(JSON.stringify([where(), limited, folderForGroups(own + '/assay-agent') === own]));`);
  assert.deepEqual([status, out], [0, '["own/assay-agent",true,true]\n']);
});

test('what is not ours to divide stays as it was', { skip }, () => {
  const busy = inGroup('console.log(JSON.stringify([await code(makeRoomForGroups(own, [controller])), where(), fs.existsSync(own + "/assay-agent")]));', true);
  assert.deepEqual([busy.status, busy.out], [0, '["EBUSY","own",false]\n']);
  const missing = inGroup('console.log(JSON.stringify([await code(makeRoomForGroups(own, ["nonsense"])), where(), fs.existsSync(own + "/assay-agent")]));');
  assert.deepEqual([missing.status, missing.out], [0, '["EINVAL","own",false]\n']);
});
