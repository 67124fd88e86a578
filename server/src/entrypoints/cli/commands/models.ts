import { type Command, Option } from 'commander';
import { exitCodes } from '../command-error.ts';
import { type Cell, renderTable } from '../render-table.ts';
import { type CliContext, openSession, type Session } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';
import type { ModelList, ModelTest } from '../wire.ts';

const tasks = ['classic', 'agentic', 'answer'] as const;
/** What can be tested: the tasks, and the embedding model. */
const tested = [...tasks, 'embedding'] as const;

const noModels =
  'No language model is configured: rules plan the searches, and no question leaves for one. See docs/language-models.md.';

const noEmbedding = 'There is no embedding model: searches go by words. See docs/embeddings.md.';

export function addModelsCommand(program: Command, context: CliContext): void {
  const models = program
    .command('models')
    .summary('which models are used, and whether they work')
    .description('Lists the language models of each task, how they are and what they used up since the server started.')
    .addHelpText(
      'after',
      `
Examples:
  ./weft models
  ./weft models test`,
    )
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, context, 'operator');
      const list = await session.client.listModels();
      session.answer(list, () => renderModels(list, session));
    });

  models
    .command('test')
    .description(
      'Sends a tiny request to each model and says what is wrong with its settings. Ends with 1 when one fails.',
    )
    .addOption(new Option('--task <task>', 'only the models of this task, or the embedding model').choices(tested))
    .addHelpText(
      'after',
      `
Examples:
  ./weft models test
  ./weft models test --task agentic`,
    )
    .action(async (options: { readonly task?: string }, command: Command) => {
      const session = await openSession(command, context, 'operator');
      const answer = await session.client.testModels(options.task);
      const { embedding } = answer;
      const results = embedding == null ? answer.models : [...answer.models, embedding];
      session.answer(answer, () => {
        const isMissing = answer.models.length === 0 && options.task !== 'embedding';
        return [...(isMissing ? [noModels] : []), ...results.map(renderTest)].join('\n') || noEmbedding;
      });
      if (results.some(({ ok }) => !ok)) context.setExitCode(exitCodes.failure);
    });
}

function renderModels(list: ModelList, session: Session): string {
  const problem = list.embedding.last_problem;
  const embedding = [
    `Embedding model of new collections: ${toTerminalText(list.embedding.model)}`,
    ...(problem == null ? [] : [`  ${toTerminalText(problem.message)}`, `  ${toTerminalText(problem.fix)}`]),
  ].join('\n');
  if (list.models.length === 0) return `${noModels}\n${embedding}`;
  const chains = tasks.map((task) => {
    const names = list.tasks[task].map((name) => toTerminalText(name));
    return `${task.padEnd(8)} ${names.length === 0 ? 'by rules' : names.join(', then ')}`;
  });
  const columns = [
    { title: 'Model', shrinksTo: 12 },
    { title: 'State' },
    { title: 'Calls', align: 'right' },
    { title: 'Failed', align: 'right' },
    { title: 'Tokens', align: 'right' },
    { title: 'Cost', align: 'right' },
    { title: 'Last problem', shrinksTo: 12 },
  ] as const;
  const table = renderTable(columns, list.models.map(toRow), session.layout);
  return [...chains, '', table, '', embedding].join('\n');
}

function toRow(model: ModelList['models'][number]): readonly (string | Cell)[] {
  const used = model.since_start;
  const isOpen = model.breaker === 'open';
  return [
    model.name,
    isOpen ? { text: 'passed over', tone: 'bad' } : 'in use',
    used == null ? '' : used.calls.toLocaleString('en'),
    used == null ? '' : used.failures.toLocaleString('en'),
    used == null ? '' : (used.input_tokens + used.output_tokens).toLocaleString('en'),
    used?.cost == null ? '' : `$${used.cost.toFixed(4)}`,
    model.last_problem?.message ?? '',
  ];
}

function renderTest({ name, ok, latency_ms, problem }: ModelTest['models'][number]): string {
  const model = toTerminalText(name);
  if (ok || problem == null) return `${model}: answers, in ${latency_ms.toLocaleString('en')} ms`;
  const said = [problem.message, problem.fix, ...(problem.detail ? [`It said: ${problem.detail}`] : [])];
  return [`${model}: does not work`, ...said.map((line) => `  ${toTerminalText(line)}`)].join('\n');
}
