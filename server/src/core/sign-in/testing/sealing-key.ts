/** Of tests; the same in each process of one. */
export const sealingKey = new Uint8Array(32).fill(7);
