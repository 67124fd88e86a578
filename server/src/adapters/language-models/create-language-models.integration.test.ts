import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startScriptedModelServer } from './testing/scripted-model-server.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Prints which packages are loaded once the models are made, and once one was asked. */
const program = `
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({ resolve(specifier, context, next) { loaded.add(specifier); return next(specifier, context); } });
const sdk = () => [...loaded].filter((name) => /^(ai|@ai-sdk\\/[a-z-]+)$/.test(name));
const { createLanguageModels } = await import(${JSON.stringify(here('create-language-models.ts'))});
const { scriptedSettings } = await import(${JSON.stringify(here('testing/testing-settings.ts'))});
const { silentLogger } = await import(${JSON.stringify(here('../../core/shared/index.ts'))});
const { models } = createLanguageModels(scriptedSettings(process.argv[1]), silentLogger);
const before = sdk();
await models.classic.generateText({ system: 'x', prompt: 'y', maxOutputTokens: 5 }, new AbortController().signal);
process.stdout.write(JSON.stringify({ before, after: sdk() }));
`;

test('loads nothing of the SDK before a model is asked, then its own provider only', async () => {
  await using server = await startScriptedModelServer(() => 'Yes.');
  const args = ['--input-type=module', '-e', program, server.url];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  const { before, after } = JSON.parse(stdout) as { readonly before: string[]; readonly after: string[] };
  expect(before).toEqual([]);
  expect(after).toContain('@ai-sdk/openai-compatible');
  expect(after).not.toContain('@ai-sdk/openai');
  expect(stderr).toBe('');
});
