/** The pages' first file: puts router, cache of answers and shell together. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/request.ts';
import { onServerLine } from './api/serverLine.ts';
import { App } from './app.tsx';
import { preload } from './preload.ts';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';

/** What a refusal says does not change by asking again; a lost connection may come back. */
const retry = (failures: number, error: Error): boolean => !(error instanceof ApiError && error.status < 500) && failures < 3;

/** The server may be on this very machine: whether there is a network says nothing about it. */
const networkMode = 'always';
const queryClient = new QueryClient({ defaultOptions: { queries: { retry, networkMode, staleTime: 2_000, refetchOnWindowFocus: true }, mutations: { networkMode } } });

// What was shown meanwhile may be old, and what failed can be had again.
onServerLine((lost) => { if (!lost) void queryClient.invalidateQueries(); });

preload(queryClient, window.location);

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}><App /></QueryClientProvider>
  </StrictMode>,
);
