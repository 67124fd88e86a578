import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { PostgresSettings } from './postgres-settings.ts';
import { prepareSocketDirectory, socketPort } from './socket-directory.ts';
import type { UnprivilegedLaunch } from './unprivileged-launch.ts';

/** Where PostgreSQL listens and how clients get in. */
export interface PostgresAddress {
  readonly connection: { readonly host: string; readonly port: number; readonly password?: string };
  readonly settings: PostgresSettings;
  /** Holds the password, for `initdb`. */
  readonly passwordFile?: string;
  /** Removes what lies outside the data directory. */
  remove(): Promise<void>;
}

/** A private Unix socket and no TCP; on Windows a free loopback port and a made password. */
export async function findAddress(directory: string, launch: UnprivilegedLaunch): Promise<PostgresAddress> {
  if (process.platform === 'win32') return findLoopbackAddress(directory);
  const socket = await prepareSocketDirectory(directory, launch);
  return {
    connection: { host: socket.path, port: socketPort },
    settings: {
      listen_addresses: '',
      port: String(socketPort),
      // A list in PostgreSQL's eyes: quoted, so that a comma in the path separates nothing.
      unix_socket_directories: `"${socket.path.replaceAll('"', '""')}"`,
    },
    remove: () => socket.remove(),
  };
}

/** Clients of node-postgres have no named pipe to PostgreSQL, so there it takes TCP. */
async function findLoopbackAddress(directory: string): Promise<PostgresAddress> {
  const passwordFile = path.join(directory, 'password');
  const password = await readOrMakePassword(passwordFile);
  const port = await findFreePort();
  return {
    connection: { host: '127.0.0.1', port, password },
    settings: { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' },
    passwordFile,
    remove: async () => undefined,
  };
}

async function readOrMakePassword(file: string): Promise<string> {
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
