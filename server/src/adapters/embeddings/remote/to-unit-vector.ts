import { ModelFailure } from '../../model-providers/model-failure.ts';

/**
 * The vector at length 1, so that dot products are similarities. Providers differ in whether theirs are.
 *
 * @param expected dimensions; undefined: any
 * @returns why it is no vector, where it has other dimensions, no length, or something that is no number
 */
export function toUnitVector(values: readonly number[], expected: number | undefined): Float32Array | ModelFailure {
  if (expected !== undefined && values.length !== expected) {
    return new ModelFailure('nonsense', `answered with ${values.length} dimensions where ${expected} were expected`);
  }
  const length = Math.hypot(...values);
  if (values.length === 0 || !Number.isFinite(length) || length === 0) {
    return new ModelFailure('nonsense', 'answered with a vector that has no direction');
  }
  return Float32Array.from(values, (value) => value / length);
}
