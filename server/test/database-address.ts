/** The same PostgreSQL address (`postgresql://user@host/database?…`) with another database. */
export function withDatabase(url: string, database: string): string {
  const [, start, query = ''] = /^(\w+:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/.exec(url) ?? [];
  if (start === undefined) {
    throw new Error('The address of the test database is not of the form postgresql://user@host/database.');
  }
  return `${start}/${encodeURIComponent(database)}${query}`;
}
