/** The closed vocabularies of the contract: check types, result and session states, regions, roles. */
import { OneOf } from './base.ts';

export const CHECK_TYPES = [
  'AGENTIC', 'API', 'BROWSER', 'HEARTBEAT', 'ICMP', 'MULTI_STEP', 'TCP', 'PLAYWRIGHT', 'URL', 'DNS', 'SSL', 'GRPC', 'TRACEROUTE',
] as const;
export type CheckType = (typeof CHECK_TYPES)[number];
export const CheckTypeSchema = OneOf(CHECK_TYPES);

export const RESULT_TYPES = ['FINAL', 'ATTEMPT', 'PENDING'] as const;
export type ResultType = (typeof RESULT_TYPES)[number];

export const SESSION_STATUSES = ['RUNNING', 'FAILED', 'PASSED', 'CANCELLED'] as const;
/** Status of a session, of a sequence and of a result alike (A.3, A.4). */
export type Status = (typeof SESSION_STATUSES)[number];

export const PROVIDERS = ['GITHUB', 'VERCEL', 'API', 'TRIGGER', 'PW_REPORTER'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Roles from the strongest to the weakest (I.2). */
export const ROLES = ['OWNER', 'ADMIN', 'READ_WRITE', 'READ_RUN', 'READ_ONLY'] as const;
export type Role = (typeof ROLES)[number];

/** Public region codes and the names people know them by (H.6). */
export const REGIONS: Readonly<Record<string, string>> = {
  'us-east-1': 'N. Virginia', 'us-east-2': 'Ohio', 'us-west-1': 'N. California', 'us-west-2': 'Oregon',
  'ca-central-1': 'Montreal', 'sa-east-1': 'São Paulo', 'eu-west-1': 'Ireland', 'eu-central-1': 'Frankfurt',
  'eu-west-2': 'London', 'eu-west-3': 'Paris', 'eu-north-1': 'Stockholm', 'eu-south-1': 'Milan',
  'me-south-1': 'Bahrain', 'af-south-1': 'Cape Town', 'ap-southeast-1': 'Singapore', 'ap-southeast-2': 'Sydney',
  'ap-southeast-3': 'Jakarta', 'ap-northeast-1': 'Tokyo', 'ap-northeast-2': 'Seoul', 'ap-northeast-3': 'Osaka',
  'ap-east-1': 'Hong Kong', 'ap-south-1': 'Mumbai',
};
