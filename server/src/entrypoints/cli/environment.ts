import { z } from 'zod';

const Text = z
  .string()
  .transform((value) => value.trim() || undefined)
  .optional();

const Environment = z.object({
  WEFT_URL: Text,
  PUBLIC_URL: Text,
  WEFT_API_KEY: Text,
  AIRWEAVE_API_KEY: Text,
  WEFT_COLLECTION: Text,
  WEFT_DATA_DIR: Text,
  NO_COLOR: Text,
  FORCE_COLOR: Text,
  TERM: Text,
});

/** What the command line takes from the environment; blank values count as absent. */
export type CliEnvironment = z.output<typeof Environment>;

export function parseCliEnvironment(variables: Readonly<Record<string, string | undefined>>): CliEnvironment {
  return Environment.parse(variables);
}
