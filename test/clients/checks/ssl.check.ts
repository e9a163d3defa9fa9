/** The first word of a name is the verdict it must get. */
import { SslAssertionBuilder, SslMonitor, TlsVersion } from 'checkly/constructs';
import { closedPort } from './targets.ts';

// Handshakes with servers in a busy process may take long.
const patient = { degradedResponseTime: 20_000, maxResponseTime: 30_000 };
/** Where other files are run the servers are not there. */
const at = (port = '443') => ({ hostname: '127.0.0.1', port: Number(port) });

// Every field that the construct has; test/clients/ssl.ts starts the servers.
new SslMonitor('ssl-green', {
  ...patient, name: 'green SSL',
  request: {
    ...at(process.env['SSL_GOOD_PORT']), ipFamily: 'IPv4',
    sslConfig: {
      serverName: 'shop.test', skipChainValidation: false, handshakeTimeout: 20_000, alertDaysBeforeExpiry: 30, clientCertificateMode: 'auto',
      securityBaseline: { enabled: true, minTLSVersion: { value: 'TLS1.3', severity: 'fail' }, minKeySizeBits: { value: 2048 }, sctPresent: { severity: 'ignore' } },
    },
    assertions: [
      SslAssertionBuilder.certificate('daysUntilExpiry').greaterThan(30), SslAssertionBuilder.certificate('sans').contains('shop.test'),
      SslAssertionBuilder.certificate('selfSigned').equals(false), SslAssertionBuilder.connection('tlsVersion').greaterThan(TlsVersion.TLS1_2),
      SslAssertionBuilder.connection('chainTrusted').equals(true), SslAssertionBuilder.responseTime().lessThan(30_000),
      SslAssertionBuilder.jsonResponse('$.certificate.keyAlgorithm').equals('RSA'), SslAssertionBuilder.textResponse('"issuerCN":"([^"]+)"').contains('Root'),
    ],
  },
});
new SslMonitor('ssl-degraded', { ...patient, name: 'degraded SSL, near expiry', request: { ...at(process.env['SSL_GOOD_PORT']), sslConfig: { alertDaysBeforeExpiry: 365 } } });
new SslMonitor('ssl-expired', { ...patient, name: 'red SSL, expired', request: { ...at(process.env['SSL_EXPIRED_PORT']), sslConfig: {} } });
new SslMonitor('ssl-old', {
  ...patient, name: 'red SSL, TLS 1.0',
  request: { ...at(process.env['SSL_OLD_PORT']), sslConfig: {}, assertions: [SslAssertionBuilder.connection('tlsVersion').equals(TlsVersion.TLS1_3)] },
});
new SslMonitor('ssl-other', { ...patient, name: 'red SSL, another host', request: { ...at(process.env['SSL_GOOD_PORT']), sslConfig: { serverName: 'elsewhere.test' } } });
new SslMonitor('ssl-unreachable', { ...patient, name: 'red SSL, nobody listens', request: { hostname: '127.0.0.1', port: closedPort, sslConfig: {} } });
