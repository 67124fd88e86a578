export { findInstructions, type FoundInstruction } from './find-instructions.ts';
export { type InstructionFamily, instructionFamilies } from './instruction-rule.ts';
