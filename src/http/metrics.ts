import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  observeRequest: (request: {
    surface: string;
    method: string;
    route: string;
    status: number;
    seconds: number;
  }) => void;
  /** Counts by one label. On a hot path it costs an addition; the registry is told at scrape time. */
  tally: (name: string, help: string, label: string) => (value: string) => void;
  /** A gauge read at scrape time. */
  gauge: (name: string, help: string, read: () => number) => void;
}

/** One registry per running Gatehouse, so that several in one process (tests) do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'gatehouse_http_request_seconds',
    help: 'Duration of requests by listener, route and status class.',
    labelNames: ['surface', 'method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers: [registry],
  });
  return {
    registry,
    observeRequest: ({ surface, method, route, status, seconds }) =>
      requests.observe({ surface, method, route, status: `${Math.floor(status / 100)}xx` }, seconds),
    tally(name, help, label) {
      const counts = new Map<string, number>();
      const counter: Counter = new Counter({
        name,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          for (const [value, count] of counts) counter.inc({ [label]: value }, count);
          counts.clear();
        },
      });
      return value => void counts.set(value, (counts.get(value) ?? 0) + 1);
    },
    gauge(name, help, read) {
      const gauge: Gauge = new Gauge({ name, help, registers: [], collect: () => gauge.set(read()) });
      registry.registerMetric(gauge);
    },
  };
}
