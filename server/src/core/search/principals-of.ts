import type { Caller } from '../access/index.ts';

/**
 * Whose eyes a search has: a signed-in user's principals, by e-mail; undefined for API keys, which see everything in their
 * scope, and for whoever sits at the machine itself. A user without e-mail has none, and sees what is not restricted.
 */
export function principalsOf(caller: Caller): readonly string[] | undefined {
  if (caller.kind !== 'user') return undefined;
  return caller.email === null ? [] : [`user:${caller.email.toLowerCase()}`];
}
