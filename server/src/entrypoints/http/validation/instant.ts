import { z } from 'zod';

export const Instant = z.iso.datetime({ offset: true, local: true }).describe('RFC 3339; without an offset it is UTC.');

/** @param text as `Instant` accepts it */
export function toInstant(text: string): Date {
  return new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
}
