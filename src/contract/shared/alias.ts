/** A name of your own for a document, so that scripts need no ids. */
import { Type, type Static } from 'typebox'
import { ref } from '../kit.ts'
import { optional, text } from './schema-helpers.ts'

export const Alias = Type.Object(
  optional({
    alias: text('The name.'),
    description: text('What it stands for.'),
    _exportId: ref('exports', { description: 'Export that it names.' }),
    _importId: ref('imports', { description: 'Import that it names.' }),
    _flowId: ref('flows', { description: 'Flow that it names.' }),
    _connectionId: ref('connections', { description: 'Connection that it names.' }),
  }),
  { description: 'A name for a document. Give one of the ids.' },
)
export type Alias = Static<typeof Alias>
