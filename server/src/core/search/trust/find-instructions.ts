import { decodings } from './decodings.ts';
import { type InstructionFamily, instructionFamilies } from './instruction-rule.ts';
import { rulesFor } from './instruction-rules.ts';

/** A place in a text that speaks to a language model instead of to a reader. */
export interface FoundInstruction {
  readonly family: InstructionFamily;
  /** The place itself, on one line, at most 120 characters. */
  readonly excerpt: string;
}

const maxExcerptLength = 120;
/** More is not a passage; the rest is not looked at. */
const maxTextLength = 20_000;

/**
 * What in a text looks like instructions to a language model: at most one finding per family, in the order of the families.
 *
 * A search shows what documents say, and whoever can write a document can write "ignore your instructions" into it. Nothing can
 * tell for certain what a model will obey, so the text stays as it is and is labelled. By rules, since they give the same answer
 * each time and cost little: most passages lack the words that a rule needs, and its pattern is not tried.
 */
export function findInstructions(text: string): readonly FoundInstruction[] {
  const start = text.slice(0, maxTextLength);
  const found = new Map<InstructionFamily, FoundInstruction>();
  const note = (family: InstructionFamily, excerpt: string) => {
    if (!found.has(family)) found.set(family, { family, excerpt: toExcerpt(excerpt) });
  };
  for (const { family, pattern } of rulesFor(start.toLowerCase())) {
    const match = pattern.exec(start);
    if (match !== null) note(family, match[0]);
  }
  for (const { written, text: decoded } of decodings(start)) {
    // Whatever it says, somebody wrote it so that no reader would see it.
    if (found.size === 0 && rulesFor(decoded.toLowerCase()).some(({ pattern }) => pattern.test(decoded)))
      note('disguised', written);
  }
  return instructionFamilies.flatMap((family) => found.get(family) ?? []);
}

function toExcerpt(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length <= maxExcerptLength ? line : `${line.slice(0, maxExcerptLength - 1).toWellFormed()}…`;
}
