/** One thing that is wrong with a request. */
export interface Problem {
  /** Where: `['body', 'name']`, `['query', 'limit']`, `['body', 'filters', 0, 'field']`. */
  readonly loc: readonly (string | number)[];
  /** In the words of Pydantic v2, which the clients of this API know. */
  readonly msg: string;
  /** Pydantic's code of the problem, such as `missing`. */
  readonly type: string;
}

/** A request that does not fit its endpoint's schemas: 422 with every problem in it. */
export class InvalidInputError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => `${problem.loc.join('.')}: ${problem.msg}`).join('; '));
    this.name = 'InvalidInputError';
    this.problems = problems;
  }
}

/**
 * The body of the 422. Two generations of clients read it: one expects `errors`, the other `detail`.
 */
export function toProblemBody(problems: readonly Problem[]): object {
  return {
    errors: problems.map((problem) => ({ [problem.loc.join('.')]: problem.msg })),
    detail: problems.map(({ loc, msg, type }) => ({ loc, msg, type })),
  };
}
