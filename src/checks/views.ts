/** Registry three: how the results of a check type look to people. Each is loaded when a result of it is opened. The compiler keeps it complete. */
import { lazy, type ComponentType } from 'react';
import type { CheckType } from '../contract/checkTypes.ts';
import type { ResultViewProps } from '../web/kit/detail.ts';

type View = ComponentType<ResultViewProps>;
const http = lazy(() => import('./api/view.tsx'));
const playwright = lazy(() => import('./browser/view.tsx'));
/** What is worth seeing of any type. */
const plain = lazy(() => import('../web/kit/PlainView.tsx'));

const VIEWS = {
  API: http, URL: http,
  TCP: lazy(() => import('./tcp/view.tsx')), DNS: lazy(() => import('./dns/view.tsx')), ICMP: lazy(() => import('./icmp/view.tsx')),
  SSL: lazy(() => import('./ssl/view.tsx')), GRPC: lazy(() => import('./grpc/view.tsx')), TRACEROUTE: lazy(() => import('./traceroute/view.tsx')),
  BROWSER: playwright, MULTI_STEP: playwright, PLAYWRIGHT: playwright,
  AGENTIC: plain, HEARTBEAT: plain,
} satisfies Record<CheckType, View>;

/** A type that is newer than this page has the simplest view. */
export const viewOf = (type: CheckType): View => VIEWS[type] ?? plain;
