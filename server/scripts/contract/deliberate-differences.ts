/** Where this server answers otherwise than the reference's document says, and why. */
export interface DeliberateDifference {
  /** As the table prints it: without the operation, place and complaint. */
  readonly difference: RegExp;
  readonly reason: string;
}

export const deliberateDifferences: readonly DeliberateDifference[] = [
  {
    difference: /status: "(NEEDS_SOURCE|PARTIAL_ERROR)" is not among the values/,
    reason: 'the spelling of the public page on creating collections, which clients are written by',
  },
  {
    difference: /status: "needs_reauth" is not among the values/,
    reason: 'the newer generation has it for a sign-in that ran out; clients of the older one show it as it is',
  },
];
