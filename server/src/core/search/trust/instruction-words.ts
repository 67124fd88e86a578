/** Parts of the patterns of the rules, and words of which such a part needs one. */

/** Words between two that belong together. Bounded, so that no text makes a pattern slow. */
export const few = String.raw`(?:[^\s.!?]{1,20}\s+){0,4}?`;
export const some = String.raw`(?:[^\s!?]{1,24}\s+){0,10}?`;
export const models = String.raw`(?:a\.?i\.?(?:[ -](?:assistants?|agents?|models?|systems?|bots?|chatbots?))?|(?:large )?language models?|llms?|chat ?bots?|chatgpt|gpt-?\d?|claude|gemini|copilot|assistant|(?:virtual|digital) assistants?)`;
export const orders = `(?:instructions?|prompts?|directions?|directives?|guidelines?|rules?|commands?|orders?|constraints?|programming|safety (?:rules|guidelines|measures))`;
export const before = `(?:previous|prior|preceding|above|earlier|former|existing|original|initial|system|safety|developer|your|other|all|any|everything)`;
export const secrets = String.raw`(?:api[ -]?keys?|passwords?|credentials?|secrets?|(?:access |session |auth )?tokens?|private keys?|(?:this |the |our |entire |whole |full )*(?:conversation|chat)(?: history)?|system prompt|environment variables|contents of (?:the )?(?:memory|context)|customer (?:data|records|list)|user'?s? (?:data|files|e-?mails?))(?![\p{L}\p{N}])`;

export const orderWords = [
  'instruction',
  'prompt',
  'direction',
  'directive',
  'guideline',
  'rule',
  'command',
  'order',
  'constraint',
  'programming',
];
export const modelWords = [
  'ai',
  'a.i',
  'language model',
  'llm',
  'bot',
  'gpt',
  'claude',
  'gemini',
  'copilot',
  'assistant',
];
export const personWords = ['user', 'human', 'operator'];
