/**
 * A message of Playwright, or of a script, without what does not tell its fault: code, stacks, what was received, the call log but for the
 * locator, the address and the obstacle in it. Versions of Playwright phrase the same fault differently; here they agree. Pure and linear.
 */
import { stripVTControlCharacters } from 'node:util';
import { cleanSaid, cleanWritten } from './cleanText.ts';

/** Lines of code around a place, and of stacks. */
const CODE = /^(?:>? *\d+ \||\| *\^)/;
const FRAME = /^\s+at \S|^\s*at async |^- \/\S+$|^Require stack:|^\s+\d+\) </;
const LOG = /^(?:Call [Ll]og:|=+ logs =+)\s*$/;

export function reduceMessage(message: string): string {
  const lines = stripVTControlCharacters(message).split(/\r?\n/).filter((line) => !CODE.test(line.trimStart()) && !FRAME.test(line));
  const start = lines.findIndex((line) => LOG.test(line.trim()));
  const head = reduceHead(start < 0 ? lines : lines.slice(0, start));
  const log = start < 0 ? [] : readLog(lines.slice(start + 1), head.join('\n'));
  return [...head, ...log].filter((line) => line.trim() !== '').join('\n');
}

/** What follows is more of the same kind until something else begins. */
type Part = 'text' | 'expected' | 'received' | 'diff';

function reduceHead(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let part: Part = 'text';
  let extra: string[] = [];
  for (const line of lines) {
    if (/^\s*Response text:/.test(line)) break;
    const key = /^(Locator|Expected|Received|Timeout|Error|Snapshot|Diff)\b[^:\n]{0,30}:\s*(.*)$/.exec(line.trim());
    if (/^\s*[-+] (?:Expected|Received)\b.*[-+] \d+$/.test(line)) part = 'diff';
    else if (line.trim() === '') part = part === 'diff' && kept.at(-1)?.startsWith('- ') !== true ? 'diff' : 'text';
    else if (/^\s*@@ .* @@/.test(line)) part = 'diff';
    else if (part === 'diff' && !key) {
      if (/^\s*-/.test(line)) kept.push(`- ${cleanWritten(line.trim().slice(1).trim())}`);
      else if (/^\s*\+/.test(line)) extra.push(`+ ${cleanWritten(/^\s*\+\s*("[^"]{1,100}"):/.exec(line)?.[1] ?? '')}`);
    } else if (key && kept.length > 0) {
      part = key[1] === 'Expected' ? 'expected' : key[1] === 'Received' ? 'received' : 'text';
      kept.push(...keyed(key[1] ?? '', key[2] ?? ''));
    } else if (part === 'expected') kept.push(cleanWritten(line));
    else if (part !== 'received') kept.push(cleanSaid(canonical(line)));
  }
  // Only where nothing that was expected is missing does it tell that there was more.
  if (kept.some((line) => line.startsWith('- '))) extra = [];
  return [...new Set([...kept, ...extra])];
}

function keyed(key: string, value: string): string[] {
  switch (key) {
    // Some versions look for the page's title and address in its root.
    case 'Locator': return value === "locator(':root')" ? [] : [`locator ${cleanWritten(value)}`];
    case 'Expected': return /^\//.test(value) && /\.\w+$/.test(value) ? [] : [`expected ${cleanWritten(value)}`];
    case 'Received': {
      const [, name, ending] = /([^/\\]{1,200})-actual(\.\w{1,8})$/.exec(value) ?? [];
      return name === undefined ? (/element\(s\) not found/.test(value) ? ['element(s) not found'] : []) : [`snapshot ${cleanWritten(`${name}${ending}`)}`];
    }
    case 'Snapshot': return [`snapshot ${cleanWritten(value)}`];
    case 'Error': return [cleanSaid(value)];
    default: return [];
  }
}

/** The same words from every version. */
function canonical(line: string): string {
  return line.replace(/^(?:(?:Timeout)?Error: )+/, '')
    .replace(/^(\w+\.\w+: )Error: /, '$1')
    .replace(/^Timed out \S+ waiting for (expect\(.*)$/, '$1')
    .replace(/^(expect[^]*\)) failed$/, '$1')
    .replace(/^(expect\(.*?)\s\/\/ .*$/, '$1')
    .replace(/^(expect(?:\.\w+)*)\((?:locator|page|response|received|string|value)\)/, '$1')
    .replace(/ \(ECONNRESET\)$/, '')
    .replace(/(snapshot doesn't exist at .*?), writing actual\.?$/, '$1')
    .replace(/(^|: )Timeout \S+ exceeded\.?$/, '$1Timeout exceeded')
    .replace(/(^|: )Request timed out after \S+$/, '$1Timeout exceeded');
}

const OBSTACLES = [
  'element is not visible', 'element is not enabled', 'element is not stable', 'element is not editable', 'intercepts pointer events', 'element is outside of the viewport',
  'did not find some options', 'element was detached from the DOM',
];

/** Of the call log what the head does not say: what was waited for, asked, and what stood in the way in the end. */
function readLog(log: readonly string[], head: string): string[] {
  const said = log.map((line) => line.replace(/^[\s-]*(?:\d+ × )?/, ''));
  const first = (pattern: RegExp): string | undefined => { for (const line of said) { const found = pattern.exec(line)?.[1]; if (found !== undefined) return found; } return undefined; };
  const locator = first(/^waiting for ((?!element to|locator\(':root'\)$|fonts|navigation|scheduled|event|")\S.*)$/);
  const cleaned = locator === undefined ? '' : cleanWritten(locator);
  const address = first(/^navigating to "([^"]*)"/);
  const navigation = first(/^waiting for (navigation to "[^"]*")/);
  const request = first(/^→ (\w+ \S+)/);
  const status = first(/^← (\d{3})\b/);
  const obstacle = said.map((line) => OBSTACLES.find((one) => line.includes(one))).findLast((one) => one !== undefined);
  return [
    ...(cleaned === '' || head.includes(cleaned) ? [] : [`waiting for ${cleaned}`]),
    ...(address === undefined || head.includes('://') ? [] : [`navigating to ${cleanWritten(address)}`]),
    ...(navigation === undefined ? [] : [cleanWritten(navigation)]),
    ...(request === undefined ? [] : [cleanWritten(request)]),
    ...(status === undefined || head.includes(status) ? [] : [`answered ${status}`]),
    ...(obstacle === undefined || head.includes('locator ') ? [] : [obstacle]),
  ];
}
