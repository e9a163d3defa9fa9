/**
 * SVCB and HTTPS record data (RFC 9460) in presentation form: `1 . alpn="h3,h2" ipv4hint="192.0.2.1"`.
 * Promises: every value is quoted, one form for all readers (B.9). Never: reads past the end of the data.
 */

const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp'] as const;

const keyName = (key: number): string => KEYS[key] ?? `key${key}`;

/** A cursor over record data that refuses to leave it. */
class Cursor {
  #offset = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) { this.#bytes = bytes; }

  get done(): boolean { return this.#offset >= this.#bytes.length; }

  take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new RangeError('The record data ends too early.');
    const piece = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return piece;
  }

  uint8(): number { return this.take(1).readUInt8(); }

  uint16(): number { return this.take(2).readUInt16BE(); }
}

/** Printable ASCII stays, everything else and the two special characters are escaped (RFC 1035, 5.1). */
export function escapeText(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}

/** The target name; RFC 9460 forbids compression here. */
function targetName(cursor: Cursor): string {
  let name = '';
  for (let length = cursor.uint8(); length > 0; length = cursor.uint8()) {
    if (length > 63) throw new RangeError('The target name is malformed.');
    name += `${escapeText(cursor.take(length))}.`;
  }
  return name || '.';
}

function pieces(value: Buffer, size: number): Buffer[] {
  if (value.length % size !== 0) throw new RangeError('A parameter has the wrong length.');
  return Array.from({ length: value.length / size }, (_, index) => value.subarray(index * size, (index + 1) * size));
}

function protocols(value: Buffer): string {
  const cursor = new Cursor(value);
  const names: string[] = [];
  while (!cursor.done) names.push(escapeText(cursor.take(cursor.uint8())));
  return names.join(',');
}

const ipv4 = (bytes: Buffer): string => [...bytes].join('.');

/** Shortest form of an IPv6 address; the URL parser of the platform knows the rules of RFC 5952. */
function ipv6(bytes: Buffer): string {
  const groups = pieces(bytes, 2).map((group) => group.readUInt16BE().toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function parameterText(key: number, value: Buffer): string {
  switch (keyName(key)) {
    case 'mandatory': return pieces(value, 2).map((entry) => keyName(entry.readUInt16BE())).join(',');
    case 'alpn': return protocols(value);
    case 'port': return String(new Cursor(value).uint16());
    case 'ipv4hint': return pieces(value, 4).map(ipv4).join(',');
    case 'ipv6hint': return pieces(value, 16).map(ipv6).join(',');
    case 'ech': return value.toString('base64');
    default: return escapeText(value);
  }
}

/**
 * Presentation form of SVCB/HTTPS record data.
 * @throws RangeError when the data is malformed.
 */
export function presentSvcb(data: Buffer): string {
  const cursor = new Cursor(data);
  const parts = [String(cursor.uint16()), targetName(cursor)];
  while (!cursor.done) {
    const key = cursor.uint16();
    const value = cursor.take(cursor.uint16());
    const text = parameterText(key, value);
    parts.push(text === '' ? keyName(key) : `${keyName(key)}="${text}"`);
  }
  return parts.join(' ');
}
