/** The server's figures in Prometheus form: queue depth, scheduling delay, runs by type and outcome, event-loop delay. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Sharing } from '../assets/openAssets.ts';
import type { Queue } from '../queue/openQueue.ts';
import type { RunObserver } from '../sessions/ledger.ts';

export interface Metrics { observe: RunObserver; shared(sharing: Sharing): void; contentType: string; text(): Promise<string> }

export function createMetrics(queue: Queue): Metrics {
  const registry = new Registry();
  // Brings nodejs_eventloop_lag_* among the process's own figures.
  collectDefaultMetrics({ register: registry });
  const delay = new Histogram({
    name: 'assay_scheduling_delay_seconds', help: 'From the moment a run was due until an agent took it.', labelNames: ['type'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 360], registers: [registry],
  });
  const runs = new Counter({ name: 'assay_runs_total', help: 'Runs that ended.', labelNames: ['type', 'result', 'status'], registers: [registry] });
  new Gauge({
    name: 'assay_queue_depth', help: 'Runs in the queue by lane and state.', labelNames: ['lane', 'state'], registers: [registry],
    async collect() {
      this.reset();
      for (const { lane, ready, delayed, claimed } of await queue.depth()) {
        this.set({ lane, state: 'ready' }, ready);
        this.set({ lane, state: 'delayed' }, delayed);
        this.set({ lane, state: 'claimed' }, claimed);
      }
    },
  });
  const parts = new Gauge({ name: 'assay_asset_parts', help: 'Parts of traces and archives that are kept once for all that have them.', registers: [registry] });
  const bytes = new Gauge({
    name: 'assay_asset_parts_bytes', help: 'Bytes of these parts: stored, and saved because more than one has them.', labelNames: ['which'], registers: [registry],
  });
  return {
    shared(sharing) {
      parts.set(sharing.parts);
      bytes.set({ which: 'stored' }, sharing.storedBytes);
      bytes.set({ which: 'saved' }, sharing.savedBytes);
    },
    observe: {
      assigned: (type, waitedMs) => delay.observe({ type }, waitedMs / 1000),
      ended: (type, result, status) => runs.inc({ type, result, status }),
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
