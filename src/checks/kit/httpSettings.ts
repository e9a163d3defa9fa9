/** The configured request of an HTTP check, as all its check types hand it over (B.6). */
import type { IpFamily, KeyValue } from './schemas.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'PATCH'] as const;
export const BODY_TYPES = ['JSON', 'FORM', 'RAW', 'GRAPHQL', 'NONE'] as const;

/** Group defaults included, templates not yet filled in. */
export interface HttpSettings {
  method: (typeof HTTP_METHODS)[number];
  url: string;
  followRedirects: boolean;
  skipSSL: boolean;
  ipFamily: IpFamily;
  body: string;
  bodyType: (typeof BODY_TYPES)[number];
  headers: readonly KeyValue[];
  queryParameters: readonly KeyValue[];
  basicAuth: { username: string; password: string } | null;
}
