/** The name of the host that a check asked, cleaned; empty where it is an address, which is nobody's name. */
import { cleanHost } from './cleanUrl.ts';
import { fieldsOf, textOf, type Fields } from './fields.ts';

export function targetName(detail: Fields): string {
  const request = fieldsOf(detail['request']);
  const address = textOf(request['url']) || textOf(request['hostname']);
  const host = /^(?:[a-z][a-z0-9+.-]{0,15}:\/\/)?(?:[^/?#@]{0,300}@)?([^/?#:\s]{1,253})/i.exec(address)?.[1] ?? '';
  const name = cleanHost(host.toLowerCase());
  return /^[\w-]+(?:\.[\w<>-]+)+$|^[a-z][\w-]*$/i.test(name) ? name : '';
}
