import { SourceError } from '../../connector-kit/index.ts';
import { isNetworkErrorCode } from './network-errors.ts';

/** SQLSTATEs of a database that stops, crashed or starts again; class 08 is the connection. */
const outages = new Set(['57P01', '57P02', '57P03']);
/** What the database's client says of a connection that it lost, by words alone: while a statement ran, and of the next one on it. */
const lostConnection = /^Connection terminated|^Client has encountered a connection error|^Client was closed/;
const maxDepth = 5;

/** True when our own database or blob store went away under a run: nobody's fault, and over when it is back. */
export function isStorageOutage(error: unknown): boolean {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < maxDepth;
    current = current.cause, depth += 1
  ) {
    // What a source's connection met is the source's.
    if (current instanceof SourceError) return false;
    const { code, syscall } = current as Error & { readonly code?: unknown; readonly syscall?: unknown };
    if (typeof code === 'string' && (outages.has(code) || /^08\w{3}$/.test(code))) return true;
    if (isNetworkErrorCode(code)) return true;
    if (syscall === 'connect' || lostConnection.test(current.message)) return true;
  }
  return false;
}
