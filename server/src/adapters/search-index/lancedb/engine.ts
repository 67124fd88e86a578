/**
 * Loads the engine with the settings that it reads from the environment, once, while it loads; what the operator set stays.
 * Its own log goes to standard error as plain text, which no reader of our structured log expects: errors only.
 */
process.env.LANCE_LOG ??= 'error';
process.env.LANCE_INCLUDE_VECTOR_CENTROIDS ??= 'false';

export const lancedb = await import('@lancedb/lancedb');
