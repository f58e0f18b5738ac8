/** Which records a run of an export fetches, and what stands in for them in a test. */
import { Type } from 'typebox'
import { anyObject, integer, list, optional, object, text } from '../../shared/schema-helpers.ts'

export const delta = object(
  'How an export of type `delta` knows what has changed.',
  optional({
    dateField: text(
      'Field of the record that says when it last changed. Not for HTTP, whose requests name `lastExportDateTime` themselves.',
    ),
    dateFormat: text('Format of dates in requests, in Moment.js tokens. ISO 8601 by default.'),
    lagOffset: integer('Milliseconds to go back before the last run, for applications that are late to show changes.'),
    startDate: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      format: 'date-time',
      description: 'Where the first run begins, in UTC.',
    }),
  }),
)

export const test = object(
  'How an export of type `test` is cut short.',
  optional({ limit: integer('Records to fetch in all, over all pages, from 1 to 100.', { minimum: 1, maximum: 100, default: 1 }) }),
)

export const once = object(
  'How an export of type `once` marks what it has fetched.',
  optional({ booleanField: text('Field that is false until the record has been fetched; it is set to true when its page went through.') }),
)

export const mockOutput = object(
  'Records that stand in for those of the application in a test.',
  optional({
    page_of_records: list(
      Type.Object(optional({ record: anyObject('A record, of any shape.') })),
      'Records that stand in for those of the application in a test.',
    ),
  }),
)
