/** Imports into NetSuite through the companion app, which maps and looks up within NetSuite. */
import { Type } from 'typebox'
import { choice, flag, anyObject, list, optional, requireIf, number, object, text } from '../../shared/schema-helpers.ts'
import { netsuiteHook, restletVersions } from '../step.ts'
import { netsuiteMapping } from './mapping.ts'
import { idLookupParts, lookupParts, operations } from './netsuite.ts'

const operator = text('How the field is compared, in the words of NetSuite.')

const lookup = Type.Object({
  ...lookupParts,
  ...optional({
    operator,
    includeInactive: flag('True finds inactive records as well.'),
    useDefaultOnMultipleMatches: flag('True takes the default where several records are found, instead of failing.'),
  }),
})

const hooks = object(
  'Code of your own that runs within NetSuite.',
  optional({
    preMap: netsuiteHook('Gets records before they are mapped.'),
    postMap: netsuiteHook('Gets records before and after mapping.'),
    postSubmit: netsuiteHook('Gets records and what became of them.'),
  }),
)

export const netsuiteDistributed = object(
  'What is done in NetSuite by the companion app.',
  {
    operation: choice(operations, 'What is done with each record.'),
    recordType: text('Type of record.'),
    ...optional({
      recordIdentifier: text('Which form of the record is meant, where a type has several.'),
      restletVersion: choice(restletVersions, 'Companion app that does the work.'),
      useSS2Restlets: flag('True uses the second version of the companion app.'),
      missingOrCorruptedDAConfig: flag('True where NetSuite has lost these values; saving the import sends them anew.'),
      batchSize: number('Records in one request.'),
      internalIdLookup: object('How the record to change is found.', { ...idLookupParts, ...optional({ operator }) }),
      hooks,
      mapping: netsuiteMapping,
      lookups: list(lookup, 'Lookups that the mapping names.'),
      rawOverride: anyObject('Values that are sent to the companion app as they are.'),
      useRawOverride: flag('True sends `rawOverride` instead of the values above.'),
      isMigrated: flag('True for an import that was once made for the older companion app.'),
      retryUpdateAsAdd: flag('True adds a record that is not there to be updated.'),
    }),
  },
  requireIf({ field: 'operation', is: ['update', 'addupdate', 'delete'], need: ['internalIdLookup'] }),
)
