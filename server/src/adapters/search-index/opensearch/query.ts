/** A part of the engine's query language, as it goes over the wire. */
export type Query = Readonly<Record<string, unknown>>;

export const everything: Query = { match_all: {} };
export const nothing: Query = { match_none: {} };

export function not(query: Query): Query {
  return { bool: { must_not: [query] } };
}

export function allOf(queries: readonly Query[]): Query {
  return { bool: { filter: queries } };
}

export function anyOf(queries: readonly Query[]): Query {
  return { bool: { should: queries, minimum_should_match: 1 } };
}

export function hasValue(field: string): Query {
  return { exists: { field } };
}

/** Where the field, or one of its values, is one of the terms. */
export function anyTerm(field: string, terms: readonly (string | number)[]): Query {
  const [only, second] = terms;
  if (only === undefined) return nothing;
  return second === undefined ? { term: { [field]: { value: only } } } : { terms: { [field]: terms } };
}
