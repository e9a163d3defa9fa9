/** Registry three: how the results of a check type look to people. Each is loaded when a result of it is opened. The compiler keeps it complete. */
import { lazy, type ComponentType } from 'react';
import type { CheckType } from '../contract/checkTypes.ts';
import type { ResultViewProps } from '../web/kit/detail.ts';

type View = ComponentType<ResultViewProps>;
const http = lazy(() => import('./api/view.tsx'));

const VIEWS = {
  API: http, URL: http, TCP: http, DNS: http, ICMP: http, BROWSER: http, MULTI_STEP: http, PLAYWRIGHT: http, AGENTIC: http, SSL: http, GRPC: http, TRACEROUTE: http, HEARTBEAT: http,
} satisfies Record<CheckType, View>;

/** A type that is newer than this page has the simplest view. */
export const viewOf = (type: CheckType): View => VIEWS[type] ?? http;
