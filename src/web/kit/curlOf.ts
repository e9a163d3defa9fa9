/**
 * The request of an HTTP result as a line for a POSIX shell. Pure.
 * Promises: whatever the request holds, the shell reads each part as one literal word; what curl sets by itself is left to it.
 * Never: a secret; what the result masks is masked here.
 */

/** A request as results show it (B.17). */
export interface ShownRequest { method: string; url: string; data: string; headers: Readonly<Record<string, string>> }
/** `followed`: the request was redirected. `cut`: more was sent than the result keeps of the body. */
export interface Circumstances { followed: boolean; cut: boolean }
/** `notes`: what the reader must know before running it, in sentences. */
export interface Curl { command: string; notes: string[] }

/** A mask within a text that may be masked (B.17). */
const MASK = '******';
/** Curl computes or speaks these itself. */
const OF_CURL: ReadonlySet<string> = new Set(['content-length', 'connection', 'accept-encoding', 'transfer-encoding']);
/** Linux takes no longer argument than 128 KiB; what a shell prints itself has no limit. */
const LONGEST_ARGUMENT = 100_000;

/** One literal word of a POSIX shell. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curlOf({ method, url, data, headers }: ShownRequest, { followed, cut }: Circumstances): Curl {
  const piped = data.length > LONGEST_ARGUMENT;
  const options = [
    ...methodOf(method, data), ...(followed ? ['--location'] : []), ...(/[[\]{}]/.test(url) ? ['--globoff'] : []),
    ...(named(headers, 'accept-encoding') ? ['--compressed'] : []), ...headersOf(headers, url, data).map((line) => `-H ${shellQuoted(line)}`),
    ...(data === '' ? [] : [piped ? '--data-binary @-' : `--data-raw ${shellQuoted(data)}`]),
  ];
  const command = ['curl', ...options, shellQuoted(url)].join(' \\\n  ').replace(' \\\n  ', ' ');
  const sent = [url, data, ...Object.values(headers)];
  return {
    command: piped ? `printf '%s' ${shellQuoted(data)} | ${command}` : command,
    notes: [
      ...(sent.some((text) => text.includes(MASK)) ? [`Secrets are not stored: put the real values where it says ${MASK}.`] : []),
      ...(cut ? ['The body is longer than what is stored of it: the command sends only its beginning.'] : []),
      ...(sent.some((text) => text.includes('\0')) ? ['The request holds a NUL character, which no command line can.'] : []),
    ],
  };
}

/** Curl sends GET by itself, and POST with a body. */
function methodOf(method: string, data: string): string[] {
  if (method === 'HEAD') return ['--head'];
  return method === (data === '' ? 'GET' : 'POST') ? [] : [`-X ${shellQuoted(method)}`];
}

const named = (headers: ShownRequest['headers'], name: string): boolean => Object.keys(headers).some((key) => key.toLowerCase() === name);

function headersOf(headers: ShownRequest['headers'], url: string, data: string): string[] {
  const host = URL.parse(url)?.host;
  const lines = Object.entries(headers).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (lower === 'host' ? value === host : OF_CURL.has(lower)) return [];
    // An empty value after a colon would take the header away.
    return [value === '' ? `${name};` : `${name}: ${value}`];
  });
  // Of itself curl would call every body a form.
  return data === '' || named(headers, 'content-type') ? lines : [...lines, 'Content-Type:'];
}
