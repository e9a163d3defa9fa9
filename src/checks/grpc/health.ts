/** The standard health service (grpc.health.v1). */

export const HEALTH_METHOD = 'grpc.health.v1.Health/Check';

/** By the number of the serving status. */
export const HEALTH_LABELS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
export const SERVING = 1;
export const SERVICE_UNKNOWN = 3;
