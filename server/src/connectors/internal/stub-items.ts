import { Readable } from 'node:stream';
import type { Breadcrumb, JsonObject, SourceEntity } from '../../connector-kit/index.ts';
import { createRandomNumbers, type RandomNumbers } from './mersenne-twister.ts';
import { makeCode } from './stub-code.ts';
import { dayAfterFirst, stubEntityTypes } from './stub-entities.ts';
import type { StubKind } from './stub-kinds.ts';
import {
  injectControlTokens,
  makeParagraph,
  makeParagraphs,
  makePerson,
  makeSubject,
  makeTags,
  makeTitle,
  makeWords,
  withProperties,
} from './stub-text.ts';

/** What decides the content of an item, together with its kind. */
export interface StubItem {
  readonly seed: number;
  /** From 0. */
  readonly index: number;
  readonly breadcrumbs: readonly Breadcrumb[];
  readonly prefix: string | null;
  readonly hasControlTokens: boolean;
}

interface Draft {
  readonly item: StubItem;
  readonly random: RandomNumbers;
  readonly createdAt: Date;
}

const idPrefixes: Readonly<Record<StubKind, string>> = {
  small: 'small',
  medium: 'medium',
  large: 'large',
  smallFile: 'small-file',
  largeFile: 'large-file',
  codeFile: 'code-file',
};
const daysToChange: Readonly<Record<StubKind, number>> = {
  small: 1,
  medium: 2,
  large: 5,
  smallFile: 1,
  largeFile: 3,
  codeFile: 2,
};

/** Makes one item. Its words are drawn from its own seed and index, so that it is the same wherever a run begins. */
export function makeStubItem(kind: StubKind, item: StubItem): SourceEntity {
  const { seed, index, breadcrumbs } = item;
  const random = createRandomNumbers(seed, index);
  const createdAt = dayAfterFirst(index, random.between(0, 23), random.between(0, 59));
  const updatedAt = new Date(createdAt.getTime() + daysToChange[kind] * 86_400_000);
  const id = `${idPrefixes[kind]}-${seed}-${index}`;
  const { fields, ...made } = makers[kind]({ item, random, createdAt });
  const isFile = 'file' in made;
  const webUrl = `stub://${isFile ? 'file' : 'entity'}/${idPrefixes[kind].replace('-file', '')}/${id}`;
  return {
    url: webUrl,
    ...made,
    id,
    type: stubEntityTypes[kind].name,
    breadcrumbs,
    createdAt,
    updatedAt,
    fields: {
      stub_id: id,
      ...fields,
      created_at: createdAt.toISOString(),
      modified_at: updatedAt.toISOString(),
      sequence_number: index,
      web_url: webUrl,
    },
  };
}

type Made = Pick<SourceEntity, 'name' | 'text' | 'file' | 'url' | 'fields'>;

const makers: Readonly<Record<StubKind, (draft: Draft) => Made>> = {
  small(draft) {
    const { random, item } = draft;
    const title = `Stub note ${item.index}: ${makeTitle(random)}`;
    const content = body(draft, makeParagraph(random, 2));
    const author = makePerson(random);
    const tags = makeTags(random);
    return {
      name: title,
      text: withProperties(content, { Author: author, Tags: tags }),
      fields: { title, content, author, tags },
    };
  },

  medium(draft) {
    const { random, item, createdAt } = draft;
    const title = `Stub task ${item.index}: ${makeTitle(random)}`;
    const description = body(draft, makeParagraphs(random, 2, 4));
    const notes = makeParagraph(random, 1);
    const status = random.pick(['active', 'blocked', 'done', 'waiting']);
    const priority = random.pick(['low', 'normal', 'high']);
    const assignee = makePerson(random);
    const tags = makeTags(random);
    const dueDate = new Date(createdAt.getTime() + 14 * 86_400_000).toISOString();
    const properties = { Status: status, Priority: priority, Assignee: assignee, Tags: tags, Due: dueDate };
    return {
      name: title,
      text: withProperties(`${description}\n\n${notes}`, properties),
      fields: { title, description, status, priority, assignee, tags, notes, due_date: dueDate },
    };
  },

  large(draft) {
    const { random, item, createdAt } = draft;
    const title = `Stub article ${item.index}: ${makeTitle(random)}`;
    const summary = makeParagraph(random, 2);
    const sections = Array.from({ length: 5 }, () => makeTitle(random));
    const text = sections.map((section) => `## ${section}\n\n${makeParagraphs(random, 3, 5)}`).join('\n\n');
    const content = body(draft, text);
    const author = makePerson(random);
    const category = makeSubject(random);
    const tags = makeTags(random);
    const references = Array.from({ length: 2 }, () => `stub://reference/${makeWords(random, 2).replace(' ', '-')}`);
    const word_count = content.split(/\s+/).length;
    const published_at = createdAt.toISOString();
    return {
      name: title,
      text: withProperties(`${summary}\n\n${content}`, { Author: author, Category: category, Tags: tags }),
      fields: { title, summary, content, author, category, tags, sections, references, published_at, word_count },
    };
  },

  smallFile(draft) {
    const rows = Array.from({ length: 50 }, (_, row) => `${row + 1}. ${makeWords(draft.random, 6)}`);
    return fileOf(draft, 'small', 'text', body(draft, rows.join('\n')), { description: 'Fifty rows of a stub file' });
  },

  largeFile(draft) {
    const { random } = draft;
    const chapters = Array.from(
      { length: 20 },
      (_, chapter) => `Chapter ${chapter + 1}: ${makeTitle(random)}\n\n${makeParagraphs(random, 10, 8)}`,
    );
    return fileOf(draft, 'large', 'document', body(draft, chapters.join('\n\n')), {
      description: 'Twenty chapters of a stub file',
      summary: makeParagraph(random, 2),
      author: makePerson(random),
      category: makeSubject(random),
      page_count: 20,
    });
  },

  codeFile(draft) {
    const { random, item } = draft;
    const { language, extension, source, ...parts } = makeCode(random);
    const path = `src/code_file_${item.seed}_${item.index}${extension}`;
    return fileOf(draft, 'code', 'code', source, {
      description: `Stub source code in ${language}`,
      ...parts,
      language,
      repo_name: 'stub-repository',
      repo_owner: 'stub-owner',
      path_in_repo: path,
      commit_id: `stub-commit-${item.seed}-${item.index}`,
    });
  },
};

/** What the configuration adds to a content. */
function body({ item, random }: Draft, content: string): string {
  const prefixed = item.prefix === null ? content : `${item.prefix}\n\n${content}`;
  return item.hasControlTokens ? injectControlTokens(random, prefixed) : prefixed;
}

function fileOf({ item }: Draft, size: string, fileType: string, content: string, fields: JsonObject): Made {
  const extension = fields.language === 'python' ? '.py' : fields.language === 'javascript' ? '.js' : '.txt';
  const mimeType = { '.py': 'text/x-python', '.js': 'text/javascript', '.txt': 'text/plain' }[extension];
  const name = `${size}_file_${item.seed}_${item.index}${extension}`;
  const bytes = Buffer.from(content, 'utf8');
  const url = `stub://file/${size}/${name}`;
  return {
    name,
    url,
    file: { name, mimeType, size: bytes.length, open: async () => Readable.from([bytes], { objectMode: false }) },
    fields: {
      file_name: name,
      file_extension: extension,
      ...fields,
      url,
      size: bytes.length,
      file_type: fileType,
      mime_type: mimeType,
    },
  };
}
