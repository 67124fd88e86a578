import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { CommandError, exitCodes } from '../command-error.ts';
import { wholeNumber } from '../option-parsers.ts';
import { toDuration, toRelativeTime } from '../relative-time.ts';
import { type Cell, renderTable } from '../render-table.ts';
import { type CliContext, openSession } from '../session.ts';
import type { Job } from '../wire.ts';

const columns = [
  { title: 'Started' },
  { title: 'State' },
  { title: 'New', align: 'right' },
  { title: 'Changed', align: 'right' },
  { title: 'Removed', align: 'right' },
  { title: 'Failed', align: 'right' },
  { title: 'Took', align: 'right' },
  { title: 'Why', shrinksTo: 20 },
] as const;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function addJobsCommand(program: Command, context: CliContext): void {
  program
    .command('jobs')
    .summary('list the runs of a source connection')
    .description('Lists the runs of a source connection, latest first: what each changed, and why one failed.')
    .argument('<connection>', 'id or name of the source connection')
    .option('-k, --limit <number>', 'how many, at most 1,000', wholeNumber(1, 1000), 10)
    .addHelpText(
      'after',
      `
Examples:
  ./weft jobs notes
  ./weft jobs notes --limit 1 --json`,
    )
    .action(async (connection: string, options: { readonly limit: number }, command: Command) => {
      const session = await openSession(command, context);
      const id = uuid.test(connection) ? connection : await findByName(session.client, connection);
      const jobs = await session.client.listJobs(id, options.limit);
      session.answer(jobs, () =>
        jobs.length === 0
          ? 'It has not run yet.'
          : renderTable(
              columns,
              jobs.map((job) => toRow(job, context.now())),
              session.layout,
            ),
      );
    });
}

async function findByName(client: Client, name: string): Promise<string> {
  const named = (await client.listConnections()).filter((connection) => connection.name === name);
  const [first, ...others] = named;
  if (first === undefined) {
    throw new CommandError(exitCodes.notFound, 'not_found', `No source connection is called "${name}".`);
  }
  if (others.length > 0) {
    const ids = named.map(({ id, readable_collection_id: collection }) => `  ${id}  in ${collection}`);
    throw new CommandError(
      exitCodes.usage,
      'ambiguous_name',
      `${named.length} source connections are called "${name}". Give the id of one:\n${ids.join('\n')}`,
    );
  }
  return first.id;
}

function toRow(job: Job, now: Date): readonly (string | Cell)[] {
  return [
    toRelativeTime(job.started_at, now) || '–',
    { text: job.status, ...(job.status === 'failed' ? { tone: 'bad' as const } : {}) },
    job.entities_inserted.toLocaleString('en'),
    job.entities_updated.toLocaleString('en'),
    job.entities_deleted.toLocaleString('en'),
    job.entities_failed.toLocaleString('en'),
    typeof job.duration_seconds === 'number' ? toDuration(job.duration_seconds) : '–',
    job.error ?? '',
  ];
}
