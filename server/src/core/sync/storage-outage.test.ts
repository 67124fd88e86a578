import { expect, test } from 'vitest';
import { SourceError } from '../../connector-kit/index.ts';
import { isStorageOutage } from './storage-outage.ts';

const coded = (code: string, more: object = {}) => Object.assign(new Error('it broke'), { code, ...more });

test.each([
  ['a database that shuts down', coded('57P01')],
  ['a database that starts', coded('57P03')],
  ['a lost connection', coded('08006')],
  ['a server that is not there', coded('ECONNREFUSED')],
  ['a socket that is not there', coded('ENOENT', { syscall: 'connect' })],
  ['a connection cut off', new Error('Connection terminated unexpectedly')],
  ['the next statement on it', new Error('Client has encountered a connection error and is not queryable')],
  ['one of these as a cause', new Error('could not write', { cause: coded('57P01') })],
])('%s is an outage', (_, error) => {
  expect(isStorageOutage(error)).toBe(true);
});

test.each([
  ['a source that is not there', new SourceError('source', 'no answer', { cause: coded('ECONNREFUSED') })],
  ['a missing file', coded('ENOENT', { syscall: 'open' })],
  ['a value that the database refuses', coded('22P02')],
  ['anything else', new TypeError('x is not a function')],
  ['no error', 'text'],
])('%s is none', (_, error) => {
  expect(isStorageOutage(error)).toBe(false);
});
