import { openDataDirectory } from '../data-directory.ts';

/** Takes the folder, says so, and keeps it until it is killed; says why when it is refused. */
try {
  await openDataDirectory(process.argv[2] ?? '');
  process.stdout.write('held\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`refused: ${(error as Error).message}\n`);
}
