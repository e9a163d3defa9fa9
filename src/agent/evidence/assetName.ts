/** The name under which a file of a run is kept: that of its author, without what would make it dangerous or unreadable. */

/** Characters of a whole name; the server takes 500. */
const LONGEST = 300;

/**
 * @param name with slashes, as the run tells it; without secrets.
 * @param taken names of this run so far; the new one is added. A second file of a name gets a number before its ending.
 */
export function assetName(name: string, taken: Set<string>): string {
  const parts = name.toWellFormed().normalize('NFC').split(/[/\\]+/).map(cleanPart).filter((part) => part !== '');
  const clean = shorten(parts.join('/')) || 'file';
  const [, stem = clean, ending = ''] = /^(.*[^/])(\.[\w-]{1,12})$/s.exec(clean) ?? [];
  let free = clean;
  for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${stem}-${n}${ending}`;
  taken.add(free.toLowerCase());
  return free;
}

/** No control or direction characters, nothing that file systems refuse, no way up, no hidden file. */
function cleanPart(part: string): string {
  return part.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').replace(/[<>:"|?*]+/g, '-').replace(/^[.\s]+|[.\s]+$/g, '');
}

/** The end tells more than the beginning: which file of which test. */
function shorten(name: string): string {
  return name.length <= LONGEST ? name : Array.from(name).slice(-LONGEST / 2).join('').replace(/^[^/]*\//, '');
}
