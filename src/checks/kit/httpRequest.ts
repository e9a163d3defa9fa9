/**
 * From an HTTP check's settings to the bytes that go out and to the copy of them that a result shows.
 * Promises: templates are filled in everywhere B.14 names; what is locked or a credential is masked in the copy.
 * Never: a connection. Settings that make no request are data: a sentence that names the field.
 */
import { readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { basic, basicAuthorization } from './basicAuthorization.ts';
import type { HeaderLine, HttpMessage } from './httpExchange.ts';
import type { HttpSettings } from './httpSettings.ts';
import type { KeyValue } from './schemas.ts';
import { maskHeaders } from './redact.ts';
import { cutText } from './storedBody.ts';
import { renderTemplate } from './template.ts';

/** Characters a URL may have, before and after templating (B.6). */
const MAX_URL = 2048;

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
export const USER_AGENT = `Assay/${version} (self-hosted test sessions)`;
const MASK = '******';

/** The request as a result shows it (B.17). */
export interface RecordedRequest {
  method: string; url: string; data: string; headers: Record<string, string>; params: Record<string, string>;
}

/** `mask` hides the locked query values in a text that holds the address of the request. */
export type PreparedRequest = ({ message: HttpMessage } | { error: string }) & { recorded: RecordedRequest; mask(text: string): string };

type Render = (text: string) => string;

/** Fills in the templates and lays out URL, headers and body. */
export function prepareRequest(
  settings: HttpSettings, env: Readonly<Record<string, string>>, clock: { now(): number },
): PreparedRequest {
  const { method } = settings;
  const asked = renderTemplate(settings.url, env, clock).trim();
  const url = urlFrom(asked);
  if (typeof url === 'string') {
    const shown = withoutUserInfo(asked.slice(0, MAX_URL));
    return { error: url, recorded: { method, url: shown, data: '', headers: {}, params: {} }, mask: (text) => text };
  }

  const userInfo = takeUserInfo(url);
  const rendered = { ...env, REQUEST_URL: url.href };
  const render: Render = (text) => renderTemplate(text, rendered, clock);
  const query = settings.queryParameters.map((parameter) => ({ ...parameter, value: render(parameter.value) }));
  const target = withQuery(url, query);
  const body = bodyOf(settings, render);
  const own = settings.headers.map(({ key, value }): HeaderLine => [key, render(value)]);
  const headers = [...presets(settings, { url: target, body, userInfo, own, env: rendered, render }), ...own];
  const mask = queryMask(query);
  const recorded: RecordedRequest = {
    method, url: mask(target.href), data: cutText(body ?? '').text, headers: shownHeaders(settings, headers), params: shownParams(query),
  };
  const error = headerFault(own);
  if (error) return { error, recorded, mask };
  return { message: { method, url: target, headers, body: body === null ? null : Buffer.from(body) }, recorded, mask };
}

/** The URL, or the sentence that says why there is none. */
function urlFrom(text: string): URL | string {
  if (text.length < 1 || text.length > MAX_URL) return `request.url must have 1 to ${MAX_URL} characters after templating, not ${text.length}.`;
  if (!/^https?:\/\//i.test(text)) return `request.url must start with http:// or https:// after templating, unlike "${withoutUserInfo(text)}".`;
  return URL.parse(text) ?? `request.url is not a valid URL after templating: "${withoutUserInfo(text)}".`;
}

/** Takes the credentials out of the URL, which is shown without them, and the fragment, which is never sent. */
function takeUserInfo(url: URL): string | null {
  // Each setter parses anew, and nearly all URLs have none of these.
  if (url.hash !== '') url.hash = '';
  if (url.username === '' && url.password === '') return null;
  const authorization = basicAuthorization(url);
  url.username = '';
  url.password = '';
  return authorization;
}

/** For texts that are no URL, where a password may stand in front of the host all the same. */
function withoutUserInfo(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//');
}

/** The parameters behind the URL's own query. */
function withQuery(url: URL, query: readonly KeyValue[]): URL {
  if (query.length === 0) return url;
  const added = query.map(({ key, value }) => `${encoded(key)}=${encoded(value)}`).join('&');
  const full = new URL(url);
  full.search = url.search.length > 1 ? `${url.search}&${added}` : added;
  return full;
}

/** As it stands in a URL. Percent escapes are left alone, because `{{VAR}}` is encoded already; the quote is one that URLs encode. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%25(?=[0-9A-Fa-f]{2})/g, '%').replaceAll("'", '%27');
}

function queryMask(query: readonly KeyValue[]): (text: string) => string {
  const locked = query.filter((parameter) => parameter.locked && parameter.value !== '').map(({ key, value }) => [encoded(key), encoded(value)] as const);
  return (text) => locked.reduce((rest, [key, value]) => rest.replaceAll(`${key}=${value}`, () => `${key}=${MASK}`), text);
}

function bodyOf({ bodyType, body }: HttpSettings, render: Render): string | null {
  if (bodyType === 'NONE') return null;
  const text = render(body);
  return bodyType === 'GRAPHQL' ? graphqlBody(text) : text;
}

/** A GraphQL document goes into the key `query`; a text that is such an object already stays as it is. */
function graphqlBody(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'query' in parsed) return text;
  } catch { /* the usual case: a document, not JSON */ }
  return JSON.stringify({ query: text });
}

const CONTENT_TYPES = { JSON: 'application/json', GRAPHQL: 'application/json', FORM: 'application/x-www-form-urlencoded', RAW: null, NONE: null };

interface Parts {
  url: URL; body: string | null; userInfo: string | null; own: readonly HeaderLine[]; env: Readonly<Record<string, string>>; render: Render;
}

/** The headers that a request has unless the user names them (B.6, "Default request headers"). */
function presets(settings: HttpSettings, { url, body, userInfo, own, env, render }: Parts): HeaderLine[] {
  const named = new Set(own.map(([name]) => name.toLowerCase()));
  const lines: HeaderLine[] = [];
  const preset = (name: string, value: string | null | undefined) => {
    if (value && !named.has(name.toLowerCase())) lines.push([name, value]);
  };
  const username = settings.basicAuth ? render(settings.basicAuth.username) : '';
  const bodyLength = body === null ? (/^(POST|PUT|PATCH)$/.test(settings.method) ? '0' : null) : String(Buffer.byteLength(body));
  preset('Host', url.host);
  preset('User-Agent', USER_AGENT);
  preset('Accept-Encoding', 'gzip, deflate, br');
  preset('Content-Type', CONTENT_TYPES[settings.bodyType]);
  if (!named.has('transfer-encoding')) preset('Content-Length', bodyLength);
  preset('Authorization', username ? basic(username, render(settings.basicAuth?.password ?? '')) : userInfo);
  // Set while tracing is on (B.13).
  preset('traceparent', env.CHECKLY_TRACEPARENT);
  preset('tracestate', env.CHECKLY_TRACESTATE);
  preset('Connection', 'close');
  return lines;
}

/** The sentence about the first header that HTTP cannot carry; null when all are fine. The value is not repeated: it may be secret. */
function headerFault(headers: readonly HeaderLine[]): string | null {
  for (const [name, value] of headers) {
    try {
      validateHeaderName(name);
    } catch {
      return `request.headers has a name that HTTP does not allow: "${name}".`;
    }
    try {
      validateHeaderValue(name, value);
    } catch {
      return `request.headers has a value with characters that HTTP does not allow, in "${name}".`;
    }
  }
  return null;
}

function shownHeaders(settings: HttpSettings, headers: readonly HeaderLine[]): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of headers) shown[name] = Object.hasOwn(shown, name) ? `${shown[name]}, ${value}` : value;
  // Of the presets only this one is a credential.
  if (settings.headers.length === 0 && shown.Authorization === undefined) return shown;
  return maskHeaders(shown, settings.headers.filter(({ locked }) => locked).map(({ key }) => key));
}

function shownParams(query: readonly KeyValue[]): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const { key, value, locked } of query) {
    const part = locked ? MASK : value;
    shown[key] = Object.hasOwn(shown, key) ? `${shown[key]}, ${part}` : part;
  }
  return shown;
}
