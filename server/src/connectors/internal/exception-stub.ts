import { z } from 'zod';
import { defineConnector, fieldsOf } from '../../connector-kit/index.ts';
import { authProviderKinds, exceptionTypes, makeException } from './make-exception.ts';
import { readByPosition } from './read-by-position.ts';
import {
  borrowedStubTypes,
  containerEntity,
  crumbOf,
  dayAfterFirst,
  smallStubEntity,
  stubEntityTypes,
} from './stub-entities.ts';
import { placeholderKey, seed, wholeNumber } from './stub-fields.ts';

const config = z.object({
  entity_count: wholeNumber({
    title: 'Entity Count',
    description: 'How many entities there are, the container included',
    fallback: 10,
    min: 1,
    max: 1_000,
  }),
  seed,
  exception_type: z
    .enum(exceptionTypes)
    .default('runtime_error')
    .meta({ title: 'Exception Type', description: 'Which failure to simulate' }),
  auth_provider_kind: z
    .enum(authProviderKinds)
    .default('oauth')
    .meta({ title: 'Auth Provider Kind', description: 'What kind of credentials an authentication failure blames' }),
  trigger_after: wholeNumber({
    title: 'Trigger After N Entities',
    description: 'Items given before the failure; -1 after the last, entity_count or more never',
    fallback: 5,
    min: -1,
  }),
  error_message: z
    .string()
    .nullable()
    .default(null)
    .meta({ title: 'Custom Error Message', description: 'Text of the failure instead of the default one' }),
  fail_on_validate: z
    .boolean()
    .default(false)
    .meta({ title: 'Fail on Validate', description: 'Fail already when the connection is checked' }),
});
type ExceptionStubConfig = z.output<typeof config>;

const credentials = placeholderKey('stub_key', 'Stub Key', 'stub');

/** Fails in a chosen way at a chosen point: for trying what a sync makes of failures. */
export const exceptionStub = defineConnector({
  shortName: 'exception_stub',
  displayName: 'Exception Stub',
  description: 'Test source that fails in a chosen way at a chosen point.',
  className: 'ExceptionStubSource',
  labels: ['Internal', 'Testing'],
  authMethods: ['direct'],
  isInternal: true,
  supportsContinuous: false,
  config,
  configFields: fieldsOf(config),
  credentials,
  credentialFields: fieldsOf(credentials),
  entityTypes: borrowedStubTypes,
  streams: {
    items: {
      mode: 'full',
      read(context) {
        const settings = context.config;
        const container = containerOf(settings);
        const trigger = settings.trigger_after === -1 ? settings.entity_count - 1 : settings.trigger_after;
        return readByPosition(
          context,
          settings.entity_count,
          (position) => (position === 0 ? containerEntity(container) : itemOf(settings, position - 1)),
          (position) => {
            if (position > 0 && position - 1 === trigger) throw makeException(settings, trigger);
          },
        );
      },
    },
  },
  async validate({ config: settings }) {
    if (settings.fail_on_validate) throw makeException(settings, 0);
  },
});

function containerOf({ seed: number, entity_count }: ExceptionStubConfig) {
  return {
    id: `exception-stub-container-${number}`,
    type: stubEntityTypes.container.name,
    name: `Exception Stub Container (seed=${number})`,
    scheme: 'stub',
    description: `Exception container with ${entity_count} entities`,
    fields: { seed: number, entity_count },
  };
}

function itemOf(settings: ExceptionStubConfig, index: number) {
  return smallStubEntity({
    id: `exception-stub-${settings.seed}-${index}`,
    seed: settings.seed,
    index,
    breadcrumbs: crumbOf(containerOf(settings)),
    createdAt: dayAfterFirst(index),
    updatedAt: dayAfterFirst(index + 1),
  });
}
