import {
  DnsAssertionBuilder, DnsMonitor, IcmpAssertionBuilder, IcmpMonitor, TcpAssertionBuilder, TcpMonitor, UrlAssertionBuilder, UrlMonitor,
} from 'checkly/constructs';
import { dnsPort, shopUrl, tcpPort } from './shop.js';

new UrlMonitor('home', {
  name: 'The shop is up',
  request: {
    url: `${shopUrl}/health`,
    assertions: [UrlAssertionBuilder.statusCode().equals(200)],
  },
});

new TcpMonitor('stock-service', {
  name: 'Stock service answers PING',
  request: {
    hostname: '127.0.0.1',
    port: tcpPort,
    data: 'PING\r\n',
    assertions: [TcpAssertionBuilder.responseData().contains('PONG')],
  },
});

new DnsMonitor('address', {
  name: 'The shop has its address',
  request: {
    recordType: 'A',
    query: 'shop.example.test',
    nameServer: '127.0.0.1',
    port: dnsPort,
    assertions: [
      DnsAssertionBuilder.responseCode().equals('NOERROR'),
      DnsAssertionBuilder.jsonAnswer('$.Answer[0].data').equals('127.0.0.1'),
    ],
  },
});

// Needs the program `ping` on the agent.
new IcmpMonitor('host', {
  name: 'The host answers ping',
  request: {
    hostname: '127.0.0.1',
    pingCount: 3,
    assertions: [
      IcmpAssertionBuilder.latency('avg').lessThan(100),
      IcmpAssertionBuilder.jsonResponse('$.packetLoss').equals(0),
    ],
  },
});
