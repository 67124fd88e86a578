import { choose, createRandom, type Random } from './random.ts';

/** What can happen to a sync; `faults.ts` does it. */
export const faultKinds = [
  'kill-server',
  'stop-server',
  'kill-postmaster',
  'kill-backend',
  'kill-child',
  'stall-server',
  'stall-postgres',
  'move-source',
  'move-folder',
  'change-files',
  'cancel',
  'delete-connection',
  'fill-disk',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** After the start of the sync, or after the fault before. */
  readonly afterMs: number;
  /** How long what is taken away, stopped or filled stays so. */
  readonly holdMs: number;
  /** In [0, 1): which of several processes or folders is met, how much is changed. */
  readonly aim: number;
}

export interface RoundPlan {
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
}

const maxFaults = 3;

/**
 * What happens in a round: the same for the same seed and number, whatever the machine does meanwhile. Rounds are cut loose
 * from each other, so that leaving a kind out changes only the rounds that had it.
 */
export function planRound(seed: number, round: number): RoundPlan {
  const roundSeed = (Math.imul(seed, 1_000_003) + Math.imul(round, 7_919)) >>> 0;
  const random = createRandom(roundSeed);
  const count = 1 + Math.floor(random() * maxFaults);
  return { seed: roundSeed, faults: Array.from({ length: count }, () => planFault(random)) };
}

function planFault(random: Random): PlannedFault {
  // The power cut is what most promises are about.
  const kind = random() < 0.3 ? 'kill-server' : choose(random, faultKinds);
  return { kind, afterMs: moment(random), holdMs: Math.round(50 + random() * 900), aim: random() };
}

/** A sync of a small folder takes a third of a second: most faults strike within it, some around it. */
function moment(random: Random): number {
  return Math.round(random() < 0.7 ? random() * 300 : random() * 1_500);
}
