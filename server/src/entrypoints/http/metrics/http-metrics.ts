import { Histogram, type Registry } from 'prom-client';
import type { AnsweredRequest } from '../handle-request.ts';

/** Counts and times answered requests by route template; returns what to call with each. */
export function createHttpMetrics(registry: Registry): (request: AnsweredRequest) => void {
  const durations = new Histogram({
    name: 'weft_http_request_duration_seconds',
    help: 'Time until the headers of a response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [registry],
  });
  return ({ method, route, status, durationMs }) => {
    durations.observe({ method: knownMethods.has(method) ? method : 'other', route, status }, durationMs / 1000);
  };
}

/** A client may send any word as a method; each would become a time series. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
