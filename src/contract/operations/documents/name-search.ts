/** Finds documents of every type by their names. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { optional, text } from '../../shared/schema-helpers.ts'

/** Characters of what is looked for. */
const maxSought = 200
/** Documents of one answer: more than anybody reads, who types another word instead. */
const maxFound = 100
/** By default. */
export const foundByDefault = 20

const found = Type.Object(
  {
    collection: text('Plural type of the document: `flows`.'),
    _id: objectId({ description: 'Id of the document.' }),
    name: text('Its name.'),
    ...optional({
      type: text('What kind it is of, where its type has kinds: `HTTPExport`, `http`.'),
      _integrationId: objectId({ description: 'Integration that it says it belongs to.' }),
    }),
  },
  { description: 'A document that was found.' },
)

export const nameSearch = {
  searchDocuments: {
    method: 'GET',
    path: '/v1/search',
    tag: 'search',
    summary: 'Find documents by their names',
    description:
      'Documents of every type in the environment whose names have all words of `q`, whatever their case and order; or the document whose id it is. Names that begin with `q` come first.',
    access: 'monitor',
    extent: 'environment',
    partialAccess: 'filtered',
    query: Type.Object({
      q: Type.String({ minLength: 1, maxLength: maxSought, description: 'Words of the name, or an id.' }),
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: maxFound,
          description: `How many documents at the most; ${foundByDefault} by default.`,
          default: foundByDefault,
        }),
      ),
    }),
    status: 200,
    result: Type.Array(found),
    empty: 'Nothing is called so.',
    errors: ['invalid_query_params'],
    extension: true,
  },
} as const satisfies Record<string, Operation>
