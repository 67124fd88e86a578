import { z } from 'zod';
import { defineConnector, fieldsOf } from '../connector-kit/index.ts';

const nothing = z.strictObject({});

/**
 * What callers push with `POST /collections/{readable_id}/documents`. There is nothing to read: a collection gets its
 * connection of this source with the first push, and every push is a run of its own.
 */
export const documents = defineConnector({
  shortName: 'documents',
  displayName: 'Documents',
  description:
    'Documents that you push yourself: send text, Markdown or files to POST /collections/{readable_id}/documents. ' +
    'The connection is made by the first push.',
  className: 'DocumentsSource',
  labels: ['Push'],
  authMethods: ['direct'],
  isInternal: false,
  supportsContinuous: false,
  config: nothing,
  configFields: fieldsOf(nothing),
  credentials: nothing,
  credentialFields: fieldsOf(nothing),
  entityTypes: [{ name: 'DocumentEntity', description: 'A document as it was pushed' }],
  streams: {},
  async validate() {},
});
