/** What a flow says for itself about an import of its pattern. */
import { Type } from 'typebox'
import { link, ref } from '../../kit.ts'
import type { ResponseMapping } from '../../shared/response-mapping.ts'
import { flag, anyObject, list, optional, text } from '../../shared/schema-helpers.ts'

export const importOverride = Type.Object(
  optional({
    _abstractId: text('Id within the pattern of the import that is meant.'),
    _connectionId: ref('connections', { description: 'Connection that records go over.' }),
    proceedOnFailure: flag('True lets a record that failed here go on to the next step.'),
    responseMapping: link<ResponseMapping>('ResponseMapping', { description: 'What of the answer is copied into the record.' }),
    idLockTemplate: text('Records for which this gives the same are not imported at the same time. Handlebars.'),
    dataURITemplate: text('Address of the record in its application. Handlebars.'),
    pathToMany: text('Path of the list that is imported entry by entry.'),
    blobKeyPath: text('Path in the record of the key of the file to import.'),
    filter: anyObject('Which records are imported.'),
    traceKeyTemplate: text('What identifies a record in errors and logs. Handlebars.'),
    parsers: list(anyObject('A rule of a parser.'), 'How content is taken apart.'),
    hooks: anyObject('Code of its own.'),
    responseTransform: anyObject('How the answer is reshaped.'),
    mapping: anyObject('Its mapping, in the older form.'),
    mappings: list(anyObject('An entry of the mapping.'), 'Its mapping, as a tree of target fields.'),
    lookups: list(anyObject('A lookup.'), 'Lookups that the mapping names.'),
    settingsForm: anyObject('Form for entering its settings.'),
    preSave: anyObject('Function that runs before it is stored.'),
    settings: anyObject('Values of its own that scripts, filters and templates read.'),
  }),
)
