/** The words that stand in a scenario for what is different at each run: ports, ids, times. */

/** A word for each address of a target, as it stands in a scenario. A text that is one port alone becomes a number. */
export type Places = Readonly<Record<`<${string}>`, string | number>>;

export const placesOf = ({ httpPort, tcpPort, dnsPort, grpcPort, tlsPort }: { httpPort: number; tcpPort: number; dnsPort: number; grpcPort?: number; tlsPort: number | null }): Places => ({
  '<http>': `http://127.0.0.1:${httpPort}`, '<http port>': httpPort, '<tcp port>': tcpPort, '<dns port>': dnsPort, ...(grpcPort === undefined ? {} : { '<grpc port>': grpcPort }), ...(tlsPort === null ? {} : { '<tls port>': tlsPort }),
});

/** Puts the real addresses in. */
export function fillIn<T>(json: T, places: Places): T {
  return JSON.parse(JSON.stringify(json), (_key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (Object.hasOwn(places, value)) return places[value as `<${string}>`];
    return Object.entries(places).reduce((text, [word, place]) => text.replaceAll(word, String(place)), value);
  }) as T;
}

const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;
const TIMES = new Set(['timings', 'timingPhases', 'responseTime', 'startTime', 'endTime', 'webVitals', 'timestamp', 'rtt', 'finalHopLatency', 'handshakeTimeMs']);
/** Longer texts are told by their beginning and their length. */
const SHOWN_TEXT = 2_000;

/** Takes out what is different at each run, so that what is left can be compared word by word. */
export function generalize(json: unknown, places: Places, serverUrl: string): unknown {
  const words = Object.entries(places).map(([word, place]) => [word, typeof place === 'number' ? new RegExp(`\\b${place}\\b`, 'g') : place] as const);
  const textOf = (text: string) => {
    const known = words.reduce<string>((rest, [word, place]) => rest.replaceAll(place, word), text.replaceAll(serverUrl, '<server>'));
    const general = known.replace(UUID, '<id>').replace(/(^|(?:until|since|before) )\d{4}-\d\d-\d\dT[\d:.]+Z/g, '$1<time>').replace(/\b[\da-f]{64}\b/g, '<sha-256>').replace(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/, '<date>').replace(/Assay\/\d[\w.-]*/g, 'Assay/<version>')
      // Limits are the scenario's own; what was measured is not.
      .replace(/(?<!limit of )\b\d+(?:\.\d+)? ms\b/g, '<number> ms').replace(/(RESPONSE_TIME to .*received )"\d+"/, '$1"<number>"').replace(/(, id: )\d+/, '$1<number>')
      .replace(/(\?expires=)\d+&signature=[\w-]+/g, '$1<number>&signature=<signature>');
    return general.length > SHOWN_TEXT ? `${general.slice(0, 40)}… (${general.length} characters)` : general;
  };
  const walk = (value: unknown, measured: boolean): unknown => {
    if (typeof value === 'string') return textOf(value);
    if (typeof value === 'number') return measured ? '<number>' : words.find(([word]) => places[word as `<${string}>`] === value)?.[0] ?? value;
    if (Array.isArray(value)) return value.map((item) => walk(item, measured));
    if (typeof value !== 'object' || value === null) return value;
    const ofTime = (value as { source?: unknown }).source === 'RESPONSE_TIME';
    return Object.fromEntries(Object.entries(value).map(([key, item]) =>
      [key, key === 'serialNumber' ? '<serial number>' : walk(item, measured || TIMES.has(key) || key === 'time' || (ofTime && key === 'actual'))]));
  };
  return walk(json, false);
}
