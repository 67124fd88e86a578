import pg from 'pg';
import { vi } from 'vitest';

/** The texts of all statements that this process sends to PostgreSQL while `work` runs, and what that gives. */
export async function countQueries<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly queries: string[] }> {
  const queries: string[] = [];
  const send = pg.Client.prototype.query;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...parts: unknown[]
  ) {
    const [query] = parts as [string | { readonly text: string }];
    queries.push(typeof query === 'string' ? query : query.text);
    return Reflect.apply(send, this, parts);
  });
  try {
    return { result: await work(), queries };
  } finally {
    spy.mockRestore();
  }
}
