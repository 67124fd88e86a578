import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const modulesFolder = join(root, 'node_modules');

/** Ours inside node_modules: npm leaves names with a dot alone, and deleting node_modules deletes it too. */
export const ownFolder = join(modulesFolder, '.weft');
