/** Settings of SSL checks for tests, as the door would fill them in. */
import { Value } from 'typebox/value';
import { SslSettings } from '../src/checks/ssl/schema.ts';

/** Fields of `sslConfig`; assertions as source, property, comparison, target; `check` for what stands outside of the request. */
export interface SslGiven { check?: object; assertions?: readonly (readonly [string, string, string, string])[]; sslClientCertificateId?: string; [field: string]: unknown }

export function sslSettings({ check, assertions = [], sslClientCertificateId, ...config }: SslGiven): SslSettings {
  const listed = assertions.map(([source, property, comparison, target]) => ({ source, property, comparison, target }));
  const filled = Value.Default(SslSettings, {
    name: 'ssl', logicalId: 'ssl', ...check,
    request: { sslConfig: { hostname: '127.0.0.1', ...config }, assertions: listed, ...(sslClientCertificateId ? { sslClientCertificateId } : {}) },
  });
  Value.Assert(SslSettings, filled);
  return filled;
}
