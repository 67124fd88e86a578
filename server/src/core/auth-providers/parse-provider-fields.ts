import type { z } from 'zod';
import { AppError, type JsonObject } from '../shared/index.ts';

/** @throws AppError('unprocessable') naming every field that does not fit */
export function parseProviderFields(
  schema: z.ZodType<JsonObject>,
  value: unknown,
  kind: 'auth_fields' | 'provider_config',
): JsonObject {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const field = issue.path.join('.');
    return field === '' ? issue.message : `${field}: ${issue.message}`;
  });
  throw new AppError('unprocessable', `Invalid ${kind}: ${problems.join('; ')}`);
}
