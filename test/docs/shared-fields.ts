/** The fields of what exports, imports and flows have alike: filters, mappings, lookups, transforms, functions. */
import { carried, kept, type Field } from '../../src/engine/fields/field.ts'

const dated = ['extractDateFormat', 'extractDateTimezone', 'generateDateFormat', 'generateDateTimezone']

export const sharedFields = {
  Filter: [
    ...carried('cases/flow/records.json', 'expression.version', 'expression.rules[]'),
    ...carried('cases/hooks/records.json', 'type', 'script'),
  ],
  Hook: [
    ...carried('cases/hooks/import.json', '_scriptId', 'function'),
    ...carried('cases/hooks/pre-save-page.json', 'configuration'),
    ...carried('engine/run-errors.test.ts', '_stackId'),
  ],
  Lookup: [
    ...carried('cases/mapper/lookup.json', 'name', 'map', 'default', 'allowFailures', '_lookupCacheId', 'extract'),
    ...carried('cases/flow/lookups.json', 'relativeURI', 'method', 'body', 'postBody'),
    ...carried('cases/rdbms/import/write.json', 'query'),
  ],
  Mapping: [
    ...carried('cases/mapper/single.json', 'generate', 'dataType', 'extract', 'hardCodedValue', 'default', 'lookupName', 'status'),
    ...carried('cases/mapper/object.json', 'conditional.when'),
    ...carried('cases/mapper/date.json', ...dated),
    ...carried('cases/mapper/object.json', 'mappings[]'),
    ...carried(
      'cases/mapper/array.json',
      'buildArrayHelper[].extract',
      'buildArrayHelper[].default',
      'buildArrayHelper[].conditional.when',
      'buildArrayHelper[].mappings[]',
    ),
    ...kept('Tells editors what type the source has. The value itself tells a run.', 'sourceDataType', 'buildArrayHelper[].sourceDataType'),
    ...kept('A note for people.', 'description'),
  ],
  ResponseMapping: carried(
    'cases/response-mapping/cases.json',
    'fields[].extract',
    'fields[].generate',
    'lists[].generate',
    'lists[].fields[].extract',
    'lists[].fields[].generate',
  ),
  ScriptFunction: carried('cases/hooks/records.json', '_scriptId', 'function'),
  Transform: [
    ...carried(
      'cases/flow/records.json',
      'type',
      'expression.version',
      'expression.rules[][].extract',
      'expression.rules[][].generate',
      'expression.rulesTwoDotZero.mode',
      'expression.rulesTwoDotZero.mappings[]',
    ),
    ...carried('cases/transform/version2.json', 'expression.rulesTwoDotZero.lookups[]'),
    ...kept('Marks a rule in the editor that made it.', 'expression.rules[][].key'),
    ...carried('cases/hooks/records.json', 'script'),
  ],
} satisfies Readonly<Record<string, readonly Field[]>>
