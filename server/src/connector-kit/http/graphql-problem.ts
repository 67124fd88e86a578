import { z } from 'zod';
import type { Problem } from './source-api.ts';

const Answer = z.object({
  errors: z.array(z.object({ extensions: z.object({ code: z.string().optional() }).optional() })).min(1),
});

/**
 * What errors within a GraphQL answer mean, whatever its status.
 *
 * @param kinds of the vendor's codes; any other is the source's fault
 */
export function graphqlProblem(
  kinds: Readonly<Record<string, Problem['kind']>>,
): (answer: { readonly body: unknown }) => Problem | undefined {
  return ({ body }) => {
    const parsed = Answer.safeParse(body);
    if (!parsed.success) return undefined;
    const code = parsed.data.errors[0]?.extensions?.code ?? 'an error without a code';
    return { kind: Object.hasOwn(kinds, code) ? (kinds[code] ?? 'source') : 'source', code };
  };
}
