export type DeliveryHealth = 'healthy' | 'degraded' | 'failing' | 'unknown';

/** How many of the newest attempts are looked at. */
export const healthAttempts = 10;
const failuresInARow = 3;

export function isDelivered(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** @param statusCodes of the newest attempts, newest first; 0: no answer */
export function deliveryHealth(statusCodes: readonly number[]): DeliveryHealth {
  if (statusCodes.length === 0) return 'unknown';
  const latest = statusCodes.slice(0, failuresInARow);
  if (latest.length === failuresInARow && !latest.some(isDelivered)) return 'failing';
  return statusCodes.every(isDelivered) ? 'healthy' : 'degraded';
}
