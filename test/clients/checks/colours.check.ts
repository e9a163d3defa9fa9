/** The first word of a name is the verdict it must get. A connect or a ping on loopback cannot be slow: no degraded TCP and ICMP. */
import {
  ApiCheck, AssertionBuilder, DnsAssertionBuilder, DnsMonitor, GrpcMonitor, IcmpAssertionBuilder, IcmpMonitor, TcpAssertionBuilder, TcpMonitor,
  UrlAssertionBuilder, UrlMonitor,
} from 'checkly/constructs';
import { closedPort, dnsPort, httpUrl, tcpPort } from './targets.ts';

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
  name: 'green DNS', request: { ...zone, query: 'shop.example.test', assertions: [...answers, DnsAssertionBuilder.jsonAnswer('$.Answer[0].data').equals('127.0.0.1')] },
});
new DnsMonitor('dns-degraded', { name: 'degraded DNS', degradedResponseTime: 100, request: { ...zone, query: 'slow.example.test', assertions: answers } });
new DnsMonitor('dns-red', { name: 'red DNS', request: { ...zone, query: 'unknown.example.test', assertions: answers } });
new DnsMonitor('dns-unreachable', { name: 'red DNS, nobody listens', request: { ...zone, port: closedPort, protocol: 'TCP', query: 'shop.example.test' } });

new IcmpMonitor('icmp-green', {
  name: 'green ICMP', request: { hostname: '127.0.0.1', pingCount: 1, assertions: [IcmpAssertionBuilder.jsonResponse('$.packetLoss').equals(0)] },
});
new IcmpMonitor('icmp-red', {
  name: 'red ICMP', request: { hostname: '127.0.0.1', pingCount: 1, assertions: [IcmpAssertionBuilder.latency('avg').greaterThan(60_000)] },
});
new IcmpMonitor('icmp-unknown', { name: 'red ICMP, no such host', request: { hostname: noSuchHost, pingCount: 1 } });

// Not run by this version: it must end red and say why.
new GrpcMonitor('grpc', { name: 'red gRPC, not supported', request: { url: '127.0.0.1', port: closedPort, grpcConfig: { mode: 'HEALTH' } } });
