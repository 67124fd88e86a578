import { expect, test } from 'vitest';
import { deliveryHealth } from './delivery-health.ts';

test.each([
  [[], 'unknown'],
  [[200, 204, 299], 'healthy'],
  [[500, 500], 'degraded'],
  [[500, 0, 301], 'failing'],
  [[500, 500, 404, 200, 200], 'failing'],
  [[500, 500, 200, 500, 500, 500], 'degraded'],
  [[200, 500, 500, 500], 'degraded'],
])('attempts that answered %j are %s', (codes, health) => {
  expect(deliveryHealth(codes)).toBe(health);
});
