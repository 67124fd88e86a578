import { setTimeout as delay } from 'node:timers/promises';
import { watch } from 'chokidar';
import type { ConnectorPolicy } from '../../connector-kit/index.ts';
import { isInside, relativeTo, toBytePath, toDisplayText } from './byte-path.ts';
import type { FilesConfig } from './files-config.ts';
import { createGlobFilter } from './glob-filter.ts';
import { type OpenRoot, openRoot } from './open-root.ts';

export interface WatchLimits {
  /** Files and folders that are watched at most; a larger folder is looked at in intervals instead. */
  readonly maxEntries: number;
  readonly pollMs: number;
}

const defaultLimits: WatchLimits = { maxEntries: 50_000, pollMs: 30_000 };
/** A burst of changes is one wake-up, this long after its last change but at most `maxWaitMs` after its first. */
const quietMs = 300;
const maxWaitMs = 2_000;

/**
 * Calls `onChange` soon after something in the folder was added, changed or removed, until the signal aborts. What ignore
 * files leave out may wake too: the run finds that nothing changed. When the folder is too large or the operating system
 * gives no more watches, `onChange` is called in intervals, since the folder then has to be looked at.
 */
export async function watchFolder(
  context: { readonly config: FilesConfig; readonly policy: ConnectorPolicy; readonly signal: AbortSignal },
  onChange: () => void,
  limits: WatchLimits = defaultLimits,
): Promise<void> {
  const { config, policy, signal } = context;
  if (!config.watch || signal.aborted) return;
  const root = await openRoot(config.path, policy);
  const outcome = await watchEntries(root, config, signal, onChange, limits.maxEntries);
  if (outcome === 'aborted') return;
  while (!signal.aborted) {
    onChange();
    // The only way it fails is the abort, which the loop sees.
    await delay(limits.pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Ends when the signal aborts, or when watching turned out to be impossible. */
async function watchEntries(
  root: OpenRoot,
  config: FilesConfig,
  signal: AbortSignal,
  onChange: () => void,
  maxEntries: number,
): Promise<'aborted' | 'impossible'> {
  const { promise, resolve } = Promise.withResolvers<'aborted' | 'impossible'>();
  const filter = createGlobFilter(config.include, config.exclude);
  const burst = debounce(onChange);
  let entries = 0;
  let isReady = false;
  const count = (change: number) => {
    entries += change;
    if (entries > maxEntries) resolve('impossible');
  };
  const rootPath = Buffer.from(root.real, 'latin1').toString('utf8');
  const watcher = watch(rootPath, {
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    ignored: (path, stats) => {
      const bytes = toBytePath(path.replaceAll('\\', '/'));
      const inRoot = relativeTo(root.real, bytes);
      if (inRoot === '') return false;
      if (inRoot.split('/').some((segment) => segment.startsWith('.'))) return true;
      if (root.forbidden.some((folder) => isInside(bytes, folder.real))) return true;
      if (stats === undefined) return false;
      const text = toDisplayText(inRoot);
      const isOut = stats.isFile() ? !filter.takesFile(text) : !stats.isDirectory() || !filter.entersFolder(text);
      // Asked again at every event; only the first look at the folder is a count.
      if (!isOut && !isReady) count(1);
      return isOut || entries > maxEntries;
    },
  });
  watcher.on('ready', () => {
    isReady = true;
  });
  watcher.on('all', (event) => {
    if (event === 'add' || event === 'addDir') count(1);
    if (event === 'unlink' || event === 'unlinkDir') count(-1);
    burst.call();
  });
  watcher.on('error', (error) => {
    // ENOSPC is what Linux says when a user has no inotify watches left.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE') resolve('impossible');
    else burst.call();
  });
  const abort = () => resolve('aborted');
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    burst.cancel();
    await watcher.close();
  }
}

function debounce(act: () => void): { call(): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  let firstAt = 0;
  return {
    call() {
      const now = Date.now();
      if (timer === undefined) firstAt = now;
      clearTimeout(timer);
      const waitMs = Math.max(0, Math.min(quietMs, firstAt + maxWaitMs - now));
      timer = setTimeout(() => {
        timer = undefined;
        act();
      }, waitMs);
    },
    cancel: () => clearTimeout(timer),
  };
}
