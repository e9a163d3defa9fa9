/** The status codes of gRPC, and what takes their place where a server sends none. */
import { GRPC_STATUS_NAMES } from '../../contract/grpcStatus.ts';

type Name = (typeof GRPC_STATUS_NAMES)[number];

/** Code by name. */
export const STATUS = Object.fromEntries(GRPC_STATUS_NAMES.map((name, code) => [name, code])) as Record<Name, number>;

export interface GrpcStatus { code: number; message: string }

/** `14 UNAVAILABLE: no backend`, for sentences. */
export function statusText({ code, message }: GrpcStatus): string {
  return `${code} ${GRPC_STATUS_NAMES[code] ?? '(no code of gRPC)'}${message === '' ? '' : `: ${message}`}`;
}

export const statusName = (code: number): string | undefined => GRPC_STATUS_NAMES[code];

const BY_HTTP_STATUS: Readonly<Record<number, Name>> = {
  400: 'INTERNAL', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE', 502: 'UNAVAILABLE', 503: 'UNAVAILABLE', 504: 'UNAVAILABLE',
};

/** For an answer without a status of its own, such as that of a proxy: the table that all clients of gRPC go by. */
export function statusOfHttp(httpStatus: number, contentType: string | undefined): GrpcStatus {
  const kind = contentType === undefined ? 'no content type' : `the content type ${contentType}`;
  return { code: STATUS[BY_HTTP_STATUS[httpStatus] ?? 'UNKNOWN'], message: `The answer is not one of gRPC: HTTP status ${httpStatus}, ${kind}.` };
}

/** By the error codes of HTTP/2, for a stream that the server broke off. */
const BY_RESET: Readonly<Record<number, Name>> = { 7: 'UNAVAILABLE', 8: 'CANCELLED', 11: 'RESOURCE_EXHAUSTED', 12: 'PERMISSION_DENIED' };

export function statusOfReset(resetCode: number): GrpcStatus {
  return { code: STATUS[BY_RESET[resetCode] ?? 'INTERNAL'], message: `The server broke the call off (HTTP/2 error code ${resetCode}) before it sent a status.` };
}
