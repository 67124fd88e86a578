/** What became of a request, as far as the table needs it. */
export interface Probe {
  readonly status: number;
  /** The JSON of the answer; undefined when there is none. */
  readonly answer: unknown;
}

/** Streams that wait for events say nothing until there is one. */
const longestWaitMs = 10_000;

/** Sends one request and reads its answer, of streams the headers alone. */
export async function probeRoute(url: string, method: string, path: string, body: unknown): Promise<Probe> {
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(longestWaitMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const isJson = response.headers.get('content-type') === 'application/json';
  if (isJson) return { status: response.status, answer: await response.json() };
  await response.body?.cancel();
  return { status: response.status, answer: undefined };
}

/** @returns whether the router knew the path and method; refusals by the endpoint itself are answers too */
export function isRouted({ status, answer }: Probe): boolean {
  const detail = typeof answer === 'object' && answer !== null && 'detail' in answer ? answer.detail : undefined;
  return status !== 405 && !(status === 404 && detail === 'Not Found');
}
