import { randomInt } from 'node:crypto';
import { z } from 'zod';

/** Ids that are words of paths: `/collections/count`, `/collections/internal/…`. */
const reserved = ['count', 'internal'];

/** The id of a collection in paths: lower-case words joined by single hyphens. Unique among all organisations. */
export const ReadableId = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  .refine((id) => !reserved.includes(id), 'this readable_id is reserved');

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const suffixLength = 6;

/**
 * A readable id from a name: its ASCII letters and digits in lower case, white space as hyphens, and six random characters.
 *
 * `Finance Data` gives `finance-data-k3x9p2`, `R&D_notes 2024!` gives `rdnotes-2024-0a1b2c`, `!!!!` gives `9f8e7d`.
 */
export function generateReadableId(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9\s]/g, '')
    .trim()
    .replaceAll(/\s+/g, '-');
  const suffix = Array.from({ length: suffixLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  return slug === '' ? suffix : `${slug}-${suffix}`;
}
