import { SourceError } from '../../connector-kit/index.ts';
import type { NeededField } from '../../core/auth-providers/index.ts';
import type { Json, JsonObject } from '../../core/shared/index.ts';

/**
 * Takes what a source needs out of what a provider keeps.
 *
 * @param candidates the provider's names for a field, the best first
 * @throws SourceError('configuration') naming the required fields that are missing
 */
export function pickFields(
  given: JsonObject,
  fields: readonly NeededField[],
  candidates: (name: string) => readonly string[],
  { provider, source }: { readonly provider: string; readonly source: string },
): JsonObject {
  const found = fields.map((field) => ({ ...field, value: firstValue(given, candidates(field.name)) }));
  const missing = found.filter(({ value, isRequired }) => isRequired && value === undefined).map(({ name }) => name);
  if (missing.length > 0) {
    throw new SourceError(
      'configuration',
      `The account at ${provider} has no ${missing.join(', ')}, which the source '${source}' needs. Connect an account of the right kind.`,
    );
  }
  return Object.fromEntries(found.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

/** Empty texts and nulls are how providers say that they have no such thing. */
function firstValue(given: JsonObject, names: readonly string[]): Json | undefined {
  return names
    .map((name) => (Object.hasOwn(given, name) ? given[name] : undefined))
    .find((value) => value !== undefined && value !== null && value !== '');
}
