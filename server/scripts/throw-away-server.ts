import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServerProcess } from './server-process.ts';

export interface ThrowAwayServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly dataDirectory: string;
  readonly processId: number;
  /** Ends the server and removes its data. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts Weft as it is shipped, on a free port, with a data directory of its own. What the environment says about storage,
 * addresses and authentication does not apply to it, so that nobody's data is touched; what it says about models does.
 *
 * @throws ServerStartError with the server's last words when it does not become ready
 */
export async function startThrowAwayServer(env: Readonly<Record<string, string>> = {}): Promise<ThrowAwayServer> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'weft-throw-away-'));
  const remove = () => rm(dataDirectory, { recursive: true, force: true });
  try {
    const { url, processId, stop } = await startServerProcess({ dataDirectory, env });
    return {
      url,
      dataDirectory,
      processId,
      stop: async () => {
        await stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
