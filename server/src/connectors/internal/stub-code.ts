import type { RandomNumbers } from './mersenne-twister.ts';
import { makeParagraph, makeWords } from './stub-text.ts';

export interface StubCode {
  readonly language: 'python' | 'javascript';
  readonly extension: '.py' | '.js';
  readonly source: string;
  readonly functions: readonly string[];
  readonly classes: readonly string[];
  readonly imports: readonly string[];
}

/** A small module with one class and three functions, in one of two languages. */
export function makeCode(random: RandomNumbers): StubCode {
  const isPython = random.next() < 0.5;
  const functions = Array.from({ length: 3 }, () => makeWords(random, 2).replace(' ', '_'));
  const className = makeWords(random, 2).replace(/(?:^|\s)(\w)/g, (_, letter: string) => letter.toUpperCase());
  const comments = functions.map(() => makeParagraph(random, 1));
  return isPython
    ? {
        language: 'python',
        extension: '.py',
        source: pythonSource(className, functions, comments),
        functions,
        classes: [className],
        imports: ['json', 'logging'],
      }
    : {
        language: 'javascript',
        extension: '.js',
        source: javascriptSource(className, functions, comments),
        functions,
        classes: [className],
        imports: ['node:fs'],
      };
}

function pythonSource(className: string, functions: readonly string[], comments: readonly string[]): string {
  const bodies = functions.map(
    (name, i) =>
      `def ${name}(value):\n    """${comments[i]}"""\n    logging.debug(value)\n    return json.dumps(value)\n`,
  );
  return `import json\nimport logging\n\n\nclass ${className}:\n    """A stub class."""\n\n\n${bodies.join('\n\n')}`;
}

function javascriptSource(className: string, functions: readonly string[], comments: readonly string[]): string {
  const bodies = functions.map(
    (name, i) => `/** ${comments[i]} */\nexport function ${name}(value) {\n  return JSON.stringify(value);\n}\n`,
  );
  return `import { readFileSync } from 'node:fs';\n\n/** A stub class. */\nexport class ${className} {}\n\n${bodies.join('\n')}`;
}
