/** Records that NetSuite sends as they change, through the companion app. */
import { Type } from 'typebox'
import { dateTime } from '../../kit.ts'
import { choice, flag, anyObject, list, optional, object, text } from '../../shared/schema-helpers.ts'
import { netsuiteHook, restletVersions } from '../step.ts'

const contexts = [
  'userinterface',
  'webservices',
  'csvimport',
  'offlineclient',
  'portlet',
  'scheduled',
  'suitelet',
  'custommassupdate',
  'workflow',
  'webstore',
  'userevent',
  'mapreduce',
  'restlet',
  'webapplication',
  'restwebservices',
] as const
const acts = [
  'create',
  'edit',
  'delete',
  'xedit',
  'copy',
  'view',
  'cancel',
  'approve',
  'reject',
  'pack',
  'ship',
  'markcomplete',
  'reassign',
  'editforecast',
  'dropship',
  'specialorder',
  'orderitems',
  'paybills',
  'print',
  'email',
] as const

/** Lists of words in which each is one of a few. */
const each = <const V extends string[]>(values: readonly [...V]) => Type.Enum(values, { type: 'string' })

export const distributed = object(
  'Records that NetSuite sends as they change, for type `distributed`.',
  optional({
    recordType: text('Type of record.'),
    executionContext: list(each(contexts), 'Where a change must come from to be sent.', { default: ['userinterface', 'webstore'] }),
    disabled: flag('True stops NetSuite from sending.'),
    executionType: list(each(acts), 'What must have been done to a record for it to be sent.', { default: ['create', 'edit', 'xedit'] }),
    qualifier: Type.Unknown({ description: 'Condition on the records that are sent.' }),
    skipExportFieldId: text('Checkbox of the record that keeps it from being sent.'),
    hooks: object(
      'Code of your own that runs within NetSuite.',
      optional({ preSend: netsuiteHook('Gets records before they leave NetSuite.') }),
    ),
    sublists: anyObject('Lines of the record that are sent along.'),
    referencedFields: anyObject('Fields of records it refers to that are sent along.'),
    relatedLists: anyObject('Lists of related records that are sent along.'),
    forceReload: flag('True loads each record afresh before it is sent.'),
    ioEnvironment: text('Environment of this platform that records are sent to.'),
    ioDomain: text('Address of this platform that records are sent to.'),
    lastSyncedDate: dateTime({ description: 'When NetSuite last took over these values, in UTC.' }),
    settings: anyObject('Values of your own that the code within NetSuite reads.'),
    useSS2Framework: flag('True uses the second version of the companion app.'),
    frameworkVersion: choice(restletVersions, 'Companion app that sends the records.'),
  }),
)
