const uniqueViolation = '23505';

/** True for a broken unique index, or for the named one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof Error)) return false;
  const { code, constraint: broken } = error as Error & { code?: string; constraint?: string };
  return code === uniqueViolation && (constraint === undefined || broken === constraint);
}

/** True for a statement that ran longer than its `statement_timeout`. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && (error as Error & { code?: string }).code === '57014';
}
