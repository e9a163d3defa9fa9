/** Addresses without what changes from run to run: ports, queries, ids in paths, generated names. Pure and linear. */
import { cleanName } from './cleanWords.ts';

export const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Names stay, addresses do not; digits of generated names (`pr-123`, `web-07`, hashes) neither. */
export function cleanHost(host: string): string {
  const name = host.replace(/\.$/, '');
  if (/^localhost$/i.test(name) || IPV4.test(name) || name.startsWith('[')) return '<ip>';
  return name.split('.').map((label) => cleanName(label).replace(/(?<=-)\d{1,40}(?![a-z0-9])|\d{2,40}/gi, '<n>')).join('.');
}

/** `scheme://host/path`, with ids of the path replaced; the query goes, and so does the fragment unless it is a route. */
export function cleanUrl(url: string): string {
  const parts = /^([a-z][a-z0-9+.-]{0,15}):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/is.exec(url);
  if (!parts) return cleanPath(url.split(/[?#]/)[0] ?? '');
  const [, scheme = '', authority = '', path = '', , fragment = ''] = parts;
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d{0,9}$/, '');
  return `${scheme.toLowerCase()}://${cleanHost(host.toLowerCase())}${cleanPath(path)}${fragment.startsWith('#/') ? `#${cleanPath(fragment.slice(1).split('?')[0] ?? '')}` : ''}`;
}

/** Segments that are numbers are ids, however short. */
export function cleanPath(path: string): string {
  return path.split('/').slice(0, 60).map((segment) => (/^\d+$/.test(segment) ? '<n>' : cleanName(segment))).join('/');
}
