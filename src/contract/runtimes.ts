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
const DEPENDENCIES = { node: NODE_VERSION, '@playwright/test': '1.x', axios: '1.x', lodash: '4.x', moment: '2.x' };

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
