import { ApiError, ask } from './api.js';
import { parseTime } from './format.js';

const failing = new Set(['error', 'needs_reauth', 'pending_auth']);
const maxReasons = 10;

/**
 * How the server is, in the few requests the API has for it.
 *
 * @returns {Promise<{ kind: 'away' | 'key-needed' | 'key-refused' | 'not-ready' | 'ready', reason?: string, down?: string[], collections?: object[], problems?: object[] }>}
 */
export async function readServerState() {
  try {
    const readiness = await ask('/health/ready', { alsoAccept: [503] });
    if (readiness?.status !== 'ready') {
      const checks = Object.entries(readiness?.checks ?? {});
      return { kind: 'not-ready', down: checks.filter(([, check]) => check.status === 'down').map(([name]) => name) };
    }
    const [collections, connections] = await Promise.all([
      ask('/collections?limit=1000'),
      ask('/source-connections?limit=1000'),
    ]);
    return {
      kind: 'ready',
      collections: collections.map((collection) => toCollection(collection, connections)),
      problems: await readProblems(connections),
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) return { kind: 'key-needed' };
    if (error.status === 403) return { kind: 'key-refused', reason: error.message };
    return { kind: 'away', reason: error.status === 0 ? undefined : error.message };
  }
}

function toCollection(collection, connections) {
  const own = connections.filter((connection) => connection.readable_collection_id === collection.readable_id);
  const changes = [collection.modified_at, ...own.map((connection) => connection.modified_at)];
  return {
    id: collection.readable_id,
    name: collection.name,
    status: collection.status,
    isSyncing: own.some((connection) => connection.status === 'syncing'),
    documents: own.reduce((sum, connection) => sum + (connection.entity_count ?? 0), 0),
    changedAt: changes.filter((iso) => !Number.isNaN(parseTime(iso))).sort((a, b) => parseTime(b) - parseTime(a))[0],
  };
}

async function readProblems(connections) {
  const broken = connections.filter((connection) => failing.has(connection.status)).slice(0, maxReasons);
  return Promise.all(
    broken.map(async ({ id, name, readable_collection_id: collection }) => {
      const detail = await ask(`/source-connections/${id}`);
      return {
        name,
        collection,
        reason: detail.sync?.last_job?.error ?? detail.error_message ?? 'It waits for a sign-in.',
      };
    }),
  );
}
