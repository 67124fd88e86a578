import { Client, errors } from '@opensearch-project/opensearch';
import { z } from 'zod';
import { AppError, toMessage } from '../../../core/shared/index.ts';
import { Cluster, limitsMs } from './cluster.ts';
import type { SearchLocation } from './search-url.ts';

const oldestMajor = 3;
const fix = 'Check SEARCH_URL.';

/**
 * Connects to a cluster that the adapter can use.
 *
 * @throws AppError('invalid_request') that says what is wrong with it: not there, another password, another version, no k-NN
 */
export async function connectCluster(location: SearchLocation): Promise<Cluster> {
  const client = new Client({
    nodes: [...location.nodes],
    ...(location.auth === undefined ? {} : { auth: location.auth }),
    // Each node once, and one more.
    maxRetries: location.nodes.length,
    requestTimeout: limitsMs.read.request,
  });
  try {
    await checkVersion(client);
    await checkPlugins(client);
  } catch (error) {
    await client.close();
    throw error instanceof AppError ? error : toStartError(error);
  }
  return new Cluster(client);
}

const Root = z.object({ version: z.object({ number: z.string(), distribution: z.string().optional() }) });

async function checkVersion(client: Client): Promise<void> {
  const { body } = await client.transport.request({ method: 'GET', path: '/' });
  const version = Root.safeParse(body).data?.version;
  if (version?.distribution !== 'opensearch') {
    throw new AppError('invalid_request', `What answers there is not OpenSearch. ${fix}`);
  }
  if (Number.parseInt(version.number, 10) < oldestMajor) {
    throw new AppError(
      'invalid_request',
      `The search cluster runs OpenSearch ${version.number}; Weft needs version ${oldestMajor} or later.`,
    );
  }
}

const Plugins = z.array(z.object({ name: z.string(), component: z.string() }));

async function checkPlugins(client: Client): Promise<void> {
  const querystring = { format: 'json', h: 'name,component' };
  const { body } = await client.transport.request({ method: 'GET', path: '/_cat/plugins', querystring });
  if (!Plugins.parse(body).some(({ component }) => component === 'opensearch-knn')) {
    throw new AppError(
      'invalid_request',
      'The search cluster has no k-NN plugin (opensearch-knn), which vectors need. Install it on every node; the full distribution has it.',
    );
  }
}

function toStartError(error: unknown): AppError {
  const options = { cause: error };
  if (error instanceof errors.ResponseError && (error.statusCode === 401 || error.statusCode === 403)) {
    return new AppError('invalid_request', `The search cluster refused the user or password. ${fix}`, options);
  }
  if (error instanceof errors.ResponseError) {
    return new AppError('unavailable', `The search cluster answered with status ${error.statusCode}. ${fix}`, options);
  }
  const reason = toMessage(error);
  if (/certificate|self.signed|SSL|TLS|altname/i.test(reason)) {
    const ca = 'Give Node the authority that signed it by NODE_EXTRA_CA_CERTS.';
    return new AppError(
      'invalid_request',
      `The search cluster's certificate is not trusted (${reason}). ${ca}`,
      options,
    );
  }
  return new AppError('unavailable', `The search cluster cannot be reached (${reason}). ${fix}`, options);
}
