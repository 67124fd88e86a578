import type { Breadcrumb, JsonObject, SourceEntity } from '../../connector-kit/index.ts';
import { createRandomNumbers } from './mersenne-twister.ts';
import { containerFields, stubEntityFields } from './stub-entity-fields.ts';
import { makeParagraph, makePerson, makeTags, makeTitle, withProperties } from './stub-text.ts';

const dayMs = 86_400_000;
/** When all stub content begins. */
export const firstDayMs = Date.UTC(2024, 0, 1);

export interface Container {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly scheme: string;
  readonly description: string;
  readonly fields: JsonObject;
}

/** The object that all others of a stub source are in. */
export function containerEntity({ id, type, name, scheme, description, fields }: Container): SourceEntity {
  const createdAt = new Date(firstDayMs);
  return {
    id,
    type,
    name,
    breadcrumbs: [],
    url: `${scheme}://container/${id}`,
    createdAt,
    fields: { container_id: id, container_name: name, description, created_at: createdAt.toISOString(), ...fields },
    text: description,
  };
}

export function crumbOf(container: Pick<Container, 'id' | 'name' | 'type'>): readonly Breadcrumb[] {
  return [{ entityId: container.id, name: container.name, entityType: container.type }];
}

/** A `SmallStubEntity` as the incremental and the exception stub give it: its words depend on seed and index only. */
export function smallStubEntity(options: {
  readonly id: string;
  readonly seed: number;
  readonly index: number;
  readonly breadcrumbs: readonly Breadcrumb[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}): SourceEntity {
  const { id, seed, index, breadcrumbs, createdAt, updatedAt } = options;
  const random = createRandomNumbers(seed + index);
  const title = `Stub item ${index}: ${makeTitle(random)}`;
  const content = makeParagraph(random, 2);
  const author = makePerson(random);
  const tags = makeTags(random);
  return {
    id,
    type: 'SmallStubEntity',
    name: title,
    breadcrumbs,
    url: `stub://entity/small/${id}`,
    createdAt,
    updatedAt,
    fields: {
      stub_id: id,
      title,
      content,
      author,
      tags,
      created_at: createdAt.toISOString(),
      modified_at: updatedAt.toISOString(),
      sequence_number: index,
      web_url: `stub://entity/small/${id}`,
    },
    text: withProperties(content, { Author: author, Tags: tags }),
  };
}

export function dayAfterFirst(days: number, hours = 0, minutes = 0): Date {
  return new Date(firstDayMs + days * dayMs + hours * 3_600_000 + minutes * 60_000);
}

/** What all classes of stub entities are for, by class name. */
export const stubEntityTypes = {
  container: { name: 'StubContainerEntity', description: 'The container of a stub source', fields: containerFields },
  small: { name: 'SmallStubEntity', description: 'A short item of two sentences', fields: stubEntityFields.small },
  medium: { name: 'MediumStubEntity', description: 'An item like a task, with notes', fields: stubEntityFields.medium },
  large: {
    name: 'LargeStubEntity',
    description: 'An item like an article, with sections',
    fields: stubEntityFields.large,
  },
  smallFile: {
    name: 'SmallStubFileEntity',
    description: 'A text file of fifty rows',
    fields: stubEntityFields.smallFile,
  },
  largeFile: {
    name: 'LargeStubFileEntity',
    description: 'A text file of twenty chapters',
    fields: stubEntityFields.largeFile,
  },
  codeFile: {
    name: 'CodeStubFileEntity',
    description: 'A file of Python or JavaScript',
    fields: stubEntityFields.codeFile,
  },
} as const;

/** The same, as the sources that give them beside the stub name them. */
export const borrowedStubTypes = [stubEntityTypes.container, stubEntityTypes.small].map((type) => ({
  ...type,
  definedBy: 'stub',
}));
