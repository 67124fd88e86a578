import type { RandomNumbers } from './mersenne-twister.ts';

const words = (
  'account agenda archive balance batch branch budget build cache campaign channel client cluster contract customer ' +
  'dashboard database deadline delivery deploy design document draft engine estimate event export feature feedback ' +
  'field forecast gateway goal graph handover index incident interface invoice journal kernel label launch ledger ' +
  'library license meeting message metric migration milestone model module network notebook order outline package ' +
  'partner pattern payment pipeline planning platform policy portal process product profile project prototype queue ' +
  'quota record region release report request review roadmap rollout sample schedule schema search service session ' +
  'signal sprint storage strategy summary support survey system target template thread ticket timeline token tracker ' +
  'training update upgrade vendor version window workflow workspace'
).split(' ');
const people = ['Ada Park', 'Bela Novak', 'Chen Wei', 'Dana Ortiz', 'Emil Haas', 'Farah Idris', 'Grace Okoye'];
const subjects = ['architecture', 'billing', 'design', 'hiring', 'infrastructure', 'marketing', 'research', 'security'];
/** Control tokens of well-known tokenizers; as document text they are nothing but text. */
const controlTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|fim_prefix|>', '[CLS]', '[SEP]', '</s>'];

export function makeWords(random: RandomNumbers, count: number): string {
  return Array.from({ length: count }, () => random.pick(words)).join(' ');
}

export function makeTitle(random: RandomNumbers): string {
  return capitalise(makeWords(random, random.between(2, 4)));
}

/** Sentences of 8 to 15 words. */
export function makeParagraph(random: RandomNumbers, sentences: number): string {
  return Array.from({ length: sentences }, () => `${capitalise(makeWords(random, random.between(8, 15)))}.`).join(' ');
}

export function makeParagraphs(random: RandomNumbers, paragraphs: number, sentences: number): string {
  return Array.from({ length: paragraphs }, () => makeParagraph(random, sentences)).join('\n\n');
}

export function makePerson(random: RandomNumbers): string {
  return random.pick(people);
}

export function makeSubject(random: RandomNumbers): string {
  return random.pick(subjects);
}

export function makeTags(random: RandomNumbers): readonly string[] {
  return Array.from({ length: random.between(1, 3) }, () => random.pick(words));
}

/** Puts 1 to 3 control tokens between the words, which are joined by single spaces. */
export function injectControlTokens(random: RandomNumbers, text: string): string {
  const parts = text.split(/\s+/);
  for (let left = random.between(1, 3); left > 0; left--) {
    parts.splice(random.between(0, parts.length), 0, random.pick(controlTokens));
  }
  return parts.join(' ');
}

/** A text followed by a line for each property that has a value. */
export function withProperties(text: string, properties: Readonly<Record<string, string | readonly string[]>>): string {
  const lines = Object.entries(properties).map(([label, value]) => `**${label}**: ${[value].flat().join(', ')}`);
  return `${text}\n\n${lines.join('\n')}`;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
