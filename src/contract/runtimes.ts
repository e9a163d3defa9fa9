/** Runtimes (B.16): one is real, the older ids are accepted and mapped to it. */
import { Type, type Static } from 'typebox';
import { OneOf } from './base.ts';

export const RUNTIME_STAGES = ['ALPHA', 'BETA', 'CURRENT', 'DEPRECATED', 'REMOVED', 'STABLE'] as const;

export const Runtime = Type.Object({
  name: Type.String({ minLength: 1 }),
  multiStepSupport: Type.Boolean(),
  nodeJsVersion: Type.String({ minLength: 1 }),
  stage: Type.Optional(OneOf(RUNTIME_STAGES)),
  runtimeEndOfLife: Type.Optional(Type.String({ minLength: 1 })),
  description: Type.Optional(Type.String({ minLength: 1 })),
  dependencies: Type.Record(Type.String(), Type.String({ minLength: 1 })),
});
export type Runtime = Static<typeof Runtime>;

/** The runtime that everything runs in; a new account's default. */
export const CURRENT_RUNTIME = '2026.04';
const NODE_VERSION = '24.x';
/** What scripts may import; the CLI refuses a script that imports anything else. */
const DEPENDENCIES = {
  node: NODE_VERSION, '@checkly/playwright-helpers': '1.0.4', '@faker-js/faker': '10.6.0', '@playwright/test': '1.65.1', axios: '1.21.1', chai: '6.3.0', 'date-fns': '4.4.0',
  'form-data': '4.0.6', jsonwebtoken: '9.0.3', lodash: '4.18.1', moment: '2.31.0', otpauth: '9.5.2', playwright: '1.65.1', uuid: '14.0.3', zod: '4.6.7',
};

const MAPPED: Readonly<Record<string, 'STABLE' | 'DEPRECATED'>> = {
  '2025.04': 'STABLE', '2024.09': 'STABLE', '2024.02': 'DEPRECATED', '2023.09': 'DEPRECATED', '2023.02': 'DEPRECATED', '2022.10': 'DEPRECATED',
};

/** All accepted ids, the newest first. */
export const RUNTIMES: readonly Runtime[] = [
  {
    name: CURRENT_RUNTIME, multiStepSupport: true, nodeJsVersion: NODE_VERSION, stage: 'CURRENT',
    description: `Node.js ${NODE_VERSION} and the packages listed.`, dependencies: DEPENDENCIES,
  },
  ...Object.entries(MAPPED).map(([name, stage]) => ({
    name, multiStepSupport: true, nodeJsVersion: NODE_VERSION, stage,
    description: `Accepted and mapped to ${CURRENT_RUNTIME}; the job log says so.`, dependencies: DEPENDENCIES,
  })),
];
