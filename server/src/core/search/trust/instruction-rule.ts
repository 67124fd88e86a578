/**
 * - `override`: takes back what the model was told before.
 * - `role`: pretends to be the system, the user or the model, or gives the model another character.
 * - `fence`: pretends that the document, or the tool's output, ends here.
 * - `exfiltration`: wants secrets or the conversation told or sent somewhere.
 * - `action`: wants a tool called, a command run, something sent, bought or deleted.
 * - `address`: speaks to language models by name or kind.
 * - `steering`: wants the answer, or what is told to the user, bent.
 * - `disguised`: one of the others, written so that a reader would not see it.
 */
export const instructionFamilies = [
  'override',
  'role',
  'fence',
  'exfiltration',
  'action',
  'address',
  'steering',
  'disguised',
] as const;
export type InstructionFamily = (typeof instructionFamilies)[number];

export interface InstructionRule {
  readonly family: InstructionFamily;
  /** In lower case. A text without one of each list cannot match: looking for words is a hundred times faster than the pattern. */
  readonly needs: readonly (readonly string[])[];
  readonly pattern: RegExp;
}

export function rule(family: InstructionFamily, needs: InstructionRule['needs'], source: string): InstructionRule {
  return { family, needs, pattern: new RegExp(source, 'iu') };
}
