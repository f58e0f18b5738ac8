/** A step that pages go through: an import, or an export as a lookup. */
import { Type } from 'typebox'
import { link, ref } from '../../kit.ts'
import type { ResponseMapping } from '../../shared/response-mapping.ts'
import type { ScriptFunction } from '../../shared/script-function.ts'
import { choice, flag, optional, requireIf, object } from '../../shared/schema-helpers.ts'

export const pageProcessor = Type.Object(
  {
    type: choice(['export', 'import'], 'Whether the step looks something up or writes something.'),
    ...optional({
      _exportId: ref('exports', { description: 'Export to look up with. Required for type `export`.' }),
      _importId: ref('imports', { description: 'Import to write with. Required for type `import`.' }),
      proceedOnFailure: flag('True lets a record that failed here go on to the next step; false ends its way.'),
      responseMapping: link<ResponseMapping>('ResponseMapping', { description: 'What of the answer is copied into the record.' }),
      hooks: object(
        'Code of your own. The other hooks belong to the export or import.',
        optional({
          postResponseMap: link<ScriptFunction>('ScriptFunction', {
            description: 'Gets each page after response mapping and returns as many records.',
          }),
        }),
      ),
      setupInProgress: flag('True while the step is still to be set up. The flow does not run meanwhile.'),
    }),
  },
  requireIf({ field: 'type', is: ['export'], need: ['_exportId'] }, { field: 'type', is: ['import'], need: ['_importId'] }),
)
