/** A search that runs within NetSuite, in the companion app. */
import { Type } from 'typebox'
import { choice, flag, anyObject, integer, list, optional, number, object, text } from '../../shared/schema-helpers.ts'
import { netsuiteHook, restletVersions } from '../step.ts'

const criterion = Type.Object(
  optional({
    field: text('Field that is looked at.'),
    join: text('Record that the field belongs to, where it is another one.'),
    operator: text('How the field is compared.'),
    searchValue: text('Value to compare with.'),
    searchValue2: text('Second value, for comparisons that take two.'),
    formula: text('Formula to compare instead of a field.'),
  }),
)

const column = Type.Object(
  optional({
    _id: text('Identifies the column.'),
    name: text('Field to answer.'),
    join: text('Record that the field belongs to, where it is another one.'),
    summary: text('How several values become one, such as `sum` or `group`.'),
    formula: text('Formula to answer instead of a field.'),
    label: text('Name of the value in the record.'),
    sort: flag('True orders the records by this column.'),
  }),
)

export const restlet = object(
  'A search that runs within NetSuite, for type `restlet`.',
  optional({
    recordType: text('Type of record to search.'),
    batchSize: number('Records to fetch at a time.'),
    searchId: text('Internal id of a saved search.'),
    useSS2Restlets: flag('True uses the second version of the companion app.'),
    restletVersion: choice(restletVersions, 'Companion app that runs the search.'),
    criteria: list(criterion, 'Conditions, besides those of the saved search.'),
    columns: list(column, 'What to answer, where there is no saved search.'),
    markExportedBatchSize: integer('Records to mark as fetched at a time, for type `once`.'),
    hooks: object(
      'Code of your own that runs within NetSuite.',
      optional({
        batchSize: number('Records to hand to it at a time.'),
        preSend: netsuiteHook('Gets records before they leave NetSuite.'),
      }),
    ),
    cLocked: anyObject('Which of these values an Integration App keeps people from changing.'),
  }),
)
