import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';

const maxGlobs = 100;
const maxGlobLength = 200;

const folderPath = z
  .string({ error: 'must be text: the absolute path of a folder on the machine that runs Weft' })
  .min(1, 'must not be empty: give the absolute path of a folder')
  .max(4_096, 'is too long: at most 4096 characters')
  .refine((path) => !path.includes('\0'), 'must not contain a NUL character')
  .refine(isAbsolute, 'must be an absolute path, such as /home/anna/documents')
  .transform((path) => resolve(path));

// Globs become regular expressions, which can take very long on hostile input; these limits keep the worst case small.
const glob = z
  .string({ error: 'must be text: a glob such as *.md or drafts/**' })
  .min(1, 'must not be empty')
  .max(maxGlobLength, `is too long: at most ${maxGlobLength} characters`)
  .refine((pattern) => !pattern.startsWith('!'), 'must not begin with !: name what to leave out in "exclude"')
  .refine((pattern) => !/[?*+@!]\(/.test(pattern), 'must not use extended patterns such as +(a|b)')
  .refine(isSimplePattern, 'has too many wildcards: at most 3 in one part, 3 times ** and 3 pairs of braces');

const globs = (what: string) =>
  z
    .array(glob, { error: `must be a list of globs, such as ["*.md", "drafts/**"]` })
    .max(maxGlobs, `has too many entries: at most ${maxGlobs}`)
    .default([])
    .meta({ title: what === 'include' ? 'Include' : 'Exclude', description: globDescription(what) });

/** Configuration of the `files` source. */
export const filesConfig = z.strictObject({
  path: folderPath.meta({
    title: 'Folder',
    description: 'Absolute path of the folder to read, on the machine that runs Weft',
  }),
  include: globs('include'),
  exclude: globs('exclude'),
  watch: z
    .boolean({ error: 'must be true or false' })
    .default(false)
    .meta({ title: 'Watch', description: 'Sync soon after something in the folder changes' }),
});
export type FilesConfig = z.output<typeof filesConfig>;

/** Whether matching a pattern takes bounded time: few wildcards that could match the same text in several ways. */
export function isSimplePattern(pattern: string): boolean {
  const globstars = pattern.match(/\*\*+/g)?.length ?? 0;
  const braces = pattern.match(/\{/g)?.length ?? 0;
  const mostStars = Math.max(
    ...pattern.split('/').map((part) => part.replaceAll(/\*\*+/g, '*').match(/\*/g)?.length ?? 0),
  );
  return globstars <= 3 && braces <= 3 && mostStars <= 3;
}

function globDescription(what: string): string {
  const rule = 'Globs relative to the folder; one without a slash matches names at any depth.';
  return what === 'include'
    ? `${rule} When given, only files that match one of them are read`
    : `${rule} Files and folders that match one of them are left out`;
}
