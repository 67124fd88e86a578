import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';

/** Ids of what `fillServer` made, by the names that paths have for them. */
export type KnownIds = Readonly<Record<string, string>>;

interface Job {
  readonly id: string;
  readonly status: string;
}

/**
 * Gives a server without authentication a collection with a source of made-up content and one of pushed documents, so that
 * requests find something.
 *
 * @throws Error when the made-up source is not read within a minute
 */
export async function fillServer(url: string): Promise<KnownIds> {
  const api = new ApiClient(url);
  const collection = await api.post<{ readable_id: string; organization_id: string }>('/collections', {
    name: 'Finance data',
    readable_id: 'finance-data',
  });
  const stub = await api.post<{ id: string }>('/source-connections', {
    short_name: 'stub',
    readable_collection_id: collection.readable_id,
    name: 'Made-up content',
    authentication: { credentials: { stub_key: 'key' } },
    config: { entity_count: 8 },
  });
  await api.post(`/collections/${collection.readable_id}/documents`, {
    documents: [{ id: 'report', name: 'Report', text: 'Revenue grew by four percent in the third quarter.' }],
  });
  const job = await waitForJob(api, stub.id);
  return {
    readable_id: collection.readable_id,
    source_connection_id: stub.id,
    job_id: job.id,
    organization_id: collection.organization_id,
    short_name: 'stub',
  };
}

async function waitForJob(api: ApiClient, connectionId: string): Promise<Job> {
  for (const until = Date.now() + 60_000; Date.now() < until; await delay(100)) {
    const [job] = await api.get<Job[]>(`/source-connections/${connectionId}/jobs?limit=1`);
    if (job?.status === 'completed') return job;
    if (job?.status === 'failed') break;
  }
  throw new Error('the made-up source was not read');
}
