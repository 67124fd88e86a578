export { findInstructions } from './find-instructions.ts';
export { instructionFamilies } from './instruction-rule.ts';
