import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Pool } from './db/pool.ts'
import { createRecent } from './recent.ts'

export type Metrics = ReturnType<typeof createMetrics>

/** Figures for Prometheus. Never a bot as a label: their number has no bound. */
export function createMetrics(pool: Pool) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'clawdx_db_connections',
    help: 'Connections to PostgreSQL by state',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
      this.set({ state: 'waited_for' }, pool.waitingCount)
    },
  })
  const live = { frames: 0 }
  new Counter({
    name: 'clawdx_ws_frames_total',
    help: 'Events sent to live feeds',
    registers,
    collect() {
      this.reset()
      this.inc(live.frames)
    },
  })
  return {
    registry,
    recent: createRecent(),
    /** Counted plainly: the library's own counting costs more than half of what sending a frame does. */
    live,
    requests: new Histogram({
      name: 'clawdx_http_request_seconds',
      help: 'Time from the first byte of a request to the last of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    refused: new Counter({
      name: 'clawdx_rate_limited_total',
      help: 'Requests refused by a limit',
      labelNames: ['policy'],
      registers,
    }),
    events: new Counter({
      name: 'clawdx_events_sequenced_total',
      help: 'Events given their place in the log',
      registers,
    }),
    lag: new Histogram({
      name: 'clawdx_ws_lag_events',
      help: 'How many events behind the log a live feed was that acknowledged one',
      buckets: [0, 1, 10, 100, 1_000, 10_000, 100_000],
      registers,
    }),
    deliveries: new Counter({
      name: 'clawdx_webhook_deliveries_total',
      help: 'Requests to webhooks by what came of them',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    sockets: new Gauge({ name: 'clawdx_ws_clients', help: 'Open live feeds', registers }),
  }
}
