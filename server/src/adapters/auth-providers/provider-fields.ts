import { z } from 'zod';

/** A key or secret. */
export const secretText = z
  .string({ error: 'must be text' })
  .trim()
  .min(1, 'must not be empty')
  .max(4_096, 'is too long: at most 4096 characters')
  // It goes into a header.
  .regex(/^[\x21-\x7e]*$/, 'must not contain white space or special characters');

/** An id of the provider's. */
export const shortText = z
  .string({ error: 'must be text' })
  .trim()
  .min(1, 'must not be empty')
  .max(255, 'is too long: at most 255 characters')
  .regex(/^[\x21-\x7e]*$/, 'must not contain white space or special characters');
