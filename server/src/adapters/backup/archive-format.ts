import { z } from 'zod';

/*
 * A backup is a tar file: `manifest.json`; `database/<table>.jsonl.zst` with a row a line; `database/sequences.json`;
 * `encryption-keys`; `blobs/<key>`, compressed with Zstandard; `missing-blobs.txt`; and as its last entry `end.json` with
 * the SHA-256 of all bytes before that entry. A file without that entry is cut off.
 */

export const archiveFormat = 1;

export const names = {
  manifest: 'manifest.json',
  tables: 'database/',
  tableSuffix: '.jsonl.zst',
  sequences: 'database/sequences.json',
  keys: 'encryption-keys',
  blobs: 'blobs/',
  missingBlobs: 'missing-blobs.txt',
  end: 'end.json',
} as const;

export const Manifest = z.object({
  format: z.literal(archiveFormat),
  weft_version: z.string(),
  created_at: z.iso.datetime(),
  /** `database`: without blobs and keys, as it is made before a migration. */
  kind: z.enum(['full', 'database']),
  /** Whether the keys that seal credentials are in it; `elsewhere`: they came from ENCRYPTION_KEYS. */
  keys: z.enum(['included', 'left_out', 'elsewhere']),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })).min(1),
});
export type Manifest = z.output<typeof Manifest>;

export const End = z.object({ sha256: z.string(), missing_blobs: z.int().nonnegative() });
export type End = z.output<typeof End>;

export const Sequences = z.array(z.object({ name: z.string(), value: z.string().regex(/^-?\d+$/) }));
