/** A real gRPC server on loopback: a shop with reflection and the health service, as a scenario or a test wants it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  loadPackageDefinition, Metadata, Server, ServerCredentials, type handleUnaryCall, type ServiceClientConstructor, type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';

const FILE = fileURLToPath(new URL('./shop.proto', import.meta.url));
export const SHOP_PROTO = readFileSync(FILE, 'utf8');
const DEFINITION = loadSync([FILE, fileURLToPath(new URL('./extras.proto', import.meta.url))], { keepCase: true });
const { shop } = loadPackageDefinition(DEFINITION) as unknown as { shop: { v1: { Shop: ServiceClientConstructor } } };

export interface ShopOptions {
  /** Absent: no reflection service. */
  reflection?: boolean;
  credentials?: ServerCredentials;
  address?: string;
}

interface Question { name?: string; code?: number; reason?: string; length?: number }
export interface Shop extends AsyncDisposable {
  port: number;
  /** The metadata of each call to Get and Hold. */
  seen: Metadata[];
  /** Resolves when a call to Hold, which never ends, has arrived. */
  held: Promise<void>;
}

function answerTo({ name = '', length = 0 }: Question) {
  return {
    name: length > 0 ? 'x'.repeat(length) : `cup ${name}`, id: '9007199254740993', size: 'LARGE', picture: Buffer.from([0xff, 0x00, 0x41]), in_stock: { red: 3 },
    cents: 450, made_at: { seconds: 1_700_000_000, nanos: 500_000_000 }, dries_for: { seconds: 90, nanos: 0 }, rating: { value: 5 },
    extra: { type_url: 'type.googleapis.com/extras.v1.Lid', value: Buffer.from([0x0a, 0x04, ...Buffer.from('blue')]) }, handle: {},
  };
}

/** Health of the services `""` and `shop.v1.Shop` is SERVING, of `closed` NOT_SERVING. */
export async function startShop({ reflection = true, credentials = ServerCredentials.createInsecure(), address = '127.0.0.1' }: ShopOptions = {}): Promise<Shop> {
  const seen: Metadata[] = [];
  const { promise: held, resolve: holding } = Promise.withResolvers<void>();
  const get: handleUnaryCall<Question, unknown> = (call, callback) => {
    seen.push(call.metadata);
    const { request } = call;
    const sent = new Metadata();
    sent.set('x-cup', 'blue');
    sent.set('x-token', 'tea-secret');
    call.sendMetadata(sent);
    const after = new Metadata();
    after.set('x-after', 'the message');
    for (const value of call.metadata.get('authorization')) after.add('x-echo', value);
    if (request.code) callback({ code: request.code, details: request.reason ?? '', metadata: after });
    else callback(null, answerTo(request), after);
  };
  const server = new Server();
  server.addService(shop.v1.Shop.service as ServiceDefinition, {
    Get: get,
    Hold: (call: { metadata: Metadata }) => { seen.push(call.metadata); holding(); },
    Watch: (call: { end(): void }) => call.end(), Fill: () => undefined, Talk: (call: { end(): void }) => call.end(),
  });
  if (reflection) new ReflectionService(DEFINITION).addToServer(server);
  new HealthImplementation({ '': 'SERVING', 'shop.v1.Shop': 'SERVING', closed: 'NOT_SERVING' }).addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${address}:0`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { port, seen, held, async [Symbol.asyncDispose]() { server.forceShutdown(); } };
}
