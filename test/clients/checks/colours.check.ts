/** The first word of a name is the verdict it must get. A connect or a ping on loopback cannot be slow: no degraded TCP and ICMP. */
import {
  AgenticCheck, ApiCheck, AssertionBuilder, DnsAssertionBuilder, DnsMonitor, GrpcAssertionBuilder, GrpcMonitor, IcmpAssertionBuilder, IcmpMonitor,
  TcpAssertionBuilder, TcpMonitor, TracerouteAssertionBuilder, TracerouteMonitor, UrlAssertionBuilder, UrlMonitor,
} from 'checkly/constructs';
import { closedPort, dnsPort, grpcPort, httpUrl, tcpPort } from './targets.ts';

// Refused by the resolver itself: no name server is asked.
const noSuchHost = 'nowhere..invalid';

const isOk = [AssertionBuilder.statusCode().equals(200)];
new ApiCheck('api-green', {
  name: 'green API',
  request: { method: 'GET', url: `${httpUrl}/ok`, assertions: [...isOk, AssertionBuilder.jsonBody('$.items[*].price').greaterThan(0)] },
});
new ApiCheck('api-degraded', { name: 'degraded API', degradedResponseTime: 100, request: { method: 'GET', url: `${httpUrl}/slow`, assertions: isOk } });
new ApiCheck('api-red', {
  name: 'red API',
  request: {
    method: 'POST', url: `${httpUrl}/broken`, body: JSON.stringify({ cup: 2 }), bodyType: 'JSON',
    assertions: [...isOk, AssertionBuilder.jsonBody('$.total').equals(39.7), AssertionBuilder.textBody().contains('broken')],
  },
});
new ApiCheck('api-unreachable', { name: 'red API, nobody listens', request: { method: 'GET', url: `http://127.0.0.1:${closedPort}/`, assertions: isOk } });

const isUp = [UrlAssertionBuilder.statusCode().equals(200)];
new UrlMonitor('url-green', { name: 'green URL', request: { url: `${httpUrl}/ok`, assertions: isUp } });
new UrlMonitor('url-degraded', { name: 'degraded URL', degradedResponseTime: 100, request: { url: `${httpUrl}/slow`, assertions: isUp } });
new UrlMonitor('url-red', { name: 'red URL', request: { url: `${httpUrl}/broken`, assertions: isUp } });
new UrlMonitor('url-unreachable', { name: 'red URL, nobody listens', request: { url: `http://127.0.0.1:${closedPort}/`, assertions: isUp } });

const ping = { hostname: '127.0.0.1', port: tcpPort, data: 'PING\r\n' };
new TcpMonitor('tcp-green', { name: 'green TCP', request: { ...ping, assertions: [TcpAssertionBuilder.responseData().contains('PONG')] } });
new TcpMonitor('tcp-red', { name: 'red TCP', request: { ...ping, assertions: [TcpAssertionBuilder.responseData().contains('PANG')] } });
new TcpMonitor('tcp-unreachable', { name: 'red TCP, nobody listens', request: { hostname: '127.0.0.1', port: closedPort } });
new TcpMonitor('tcp-unknown', { name: 'red TCP, no such host', request: { hostname: noSuchHost, port: 80 } });

const zone = { recordType: 'A', nameServer: '127.0.0.1', port: dnsPort } as const;
const answers = [DnsAssertionBuilder.responseCode().equals('NOERROR')];
new DnsMonitor('dns-green', {
  name: 'green DNS', degradedResponseTime: 5_000, maxResponseTime: 5_000, request: { ...zone, query: 'shop.example.test', assertions: [...answers, DnsAssertionBuilder.jsonAnswer('$.Answer[0].data').equals('127.0.0.1')] },
});
new DnsMonitor('dns-degraded', { name: 'degraded DNS', degradedResponseTime: 100, maxResponseTime: 5_000, request: { ...zone, query: 'slow.example.test', assertions: answers } });
new DnsMonitor('dns-red', { name: 'red DNS', request: { ...zone, query: 'unknown.example.test', assertions: answers } });
new DnsMonitor('dns-unreachable', { name: 'red DNS, nobody listens', request: { ...zone, port: closedPort, protocol: 'TCP', query: 'shop.example.test' } });

new IcmpMonitor('icmp-green', {
  name: 'green ICMP', request: { hostname: '127.0.0.1', pingCount: 1, assertions: [IcmpAssertionBuilder.jsonResponse('$.packetLoss').equals(0)] },
});
new IcmpMonitor('icmp-red', {
  name: 'red ICMP', request: { hostname: '127.0.0.1', pingCount: 1, assertions: [IcmpAssertionBuilder.latency('avg').greaterThan(60_000)] },
});
new IcmpMonitor('icmp-unknown', { name: 'red ICMP, no such host', request: { hostname: noSuchHost, pingCount: 1 } });

const shop = { url: '127.0.0.1', port: grpcPort };
const get = { tls: false, method: 'shop.v1.Shop/Get', metadata: [{ key: 'x-cup', value: 'red' }] };
new GrpcMonitor('grpc-green', {
  name: 'green gRPC',
  request: {
    ...shop, grpcConfig: { ...get, message: '{"name":"red"}' },
    assertions: [
      GrpcAssertionBuilder.statusCode().equals(0), GrpcAssertionBuilder.responseMessage('$.name').equals('cup red'), GrpcAssertionBuilder.responseMetadata('content-type').contains('grpc'),
    ],
  },
});
new GrpcMonitor('grpc-health', {
  name: 'green gRPC, health', request: { ...shop, grpcConfig: { mode: 'HEALTH', tls: false }, assertions: [GrpcAssertionBuilder.healthCheckStatus().equals('SERVING')] },
});
new GrpcMonitor('grpc-red', {
  name: 'red gRPC', request: { ...shop, grpcConfig: { ...get, message: '{"code":5,"reason":"no such cup"}' }, assertions: [GrpcAssertionBuilder.statusCode().equals(0)] },
});
new GrpcMonitor('grpc-stream', { name: 'red gRPC, a stream', request: { ...shop, grpcConfig: { tls: false, method: 'shop.v1.Shop/Watch' } } });
new GrpcMonitor('grpc-unreachable', { name: 'red gRPC, nobody listens', request: { url: '127.0.0.1', port: closedPort, grpcConfig: { mode: 'HEALTH' } } });

new TracerouteMonitor('traceroute-red', {
  name: 'red traceroute', request: { url: '127.0.0.1', port: tcpPort, assertions: [TracerouteAssertionBuilder.hopCount().equals(1), TracerouteAssertionBuilder.responseTime('max').greaterThan(60_000)] },
});
new TracerouteMonitor('traceroute-unknown', { name: 'red traceroute, no such host', request: { url: noSuchHost, protocol: 'UDP' } });

// Not run by this version: it must end red and say why.
new AgenticCheck('agentic', { name: 'red agentic, not supported', prompt: 'Buy a cup.' });
