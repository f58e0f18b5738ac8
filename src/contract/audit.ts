/** What is on record of a change: who, when, what of which document, and what it was before. Every document type has the operation (resource.ts). */
import { Type } from 'typebox'
import { dateTime, idText, objectId } from './kit.ts'

/** Entries of one answer at the most. */
export const maxAuditEntries = 1000

const text = (description: string) => Type.String({ description })

export const auditEvents = [
  ...(['create', 'update', 'delete', 'restore', 'purge'] as const),
  ...(['run', 'cancel', 'retry', 'resolve', 'assign', 'tag', 'invoke', 'ping', 'view'] as const),
  ...(['apply', 'refresh', 'decide', 'signin', 'signin_failed'] as const),
] as const

export const AuditEntry = Type.Object(
  {
    _id: objectId({ description: 'Id of the entry.' }),
    time: dateTime({ description: 'When it happened, in UTC.' }),
    event: Type.Enum([...auditEvents], { type: 'string', description: 'What was done.' }),
    source: text(
      'What it was done with: `api`, `script` for the `integrator-api` of a script, or `system` for what the platform does by itself.',
    ),
    resourceType: text('Type of the document: `flow`. Of a sign-in `user`.'),
    _resourceId: text('Id of the document; of a failed sign-in the address that it came from.'),
    name: Type.Optional(text('What the document was called then.')),
    byUser: Type.Object(
      { _id: text('Id of the user.'), email: Type.Optional(text('Their address.')), name: Type.Optional(text('Their name.')) },
      { description: 'Who did it.' },
    ),
    fieldChanges: Type.Array(
      Type.Object({
        fieldPath: text('Dotted path of the field.'),
        oldValue: Type.Optional(Type.Unknown({ description: 'What it was; absent where the field was. A secret is `******`.' })),
        newValue: Type.Optional(Type.Unknown({ description: 'What it is; absent where the field is gone. A secret is `******`.' })),
      }),
      {
        description:
          'What changed: of a new document every field it began with. A value of more than 4,096 characters is told by its length. Of an act that changes no document, what there is to say of it: the job of a run, how many errors were resolved. A change that a revision brought names it as `_revisionId`.',
      },
    ),
  },
  { description: 'A change that somebody made.' },
)

const upTo = { minimum: 1, description: `Entries of one answer, ${maxAuditEntries.toLocaleString('en')} by default and at the most.` }

/** Of one document. */
export const auditQuery = Type.Object({
  _byUserId: Type.Optional(idText({ description: 'Only changes of this user.' })),
  source: Type.Optional(text('Only changes made with this.')),
  action: Type.Optional(text('Only this event: `update`.')),
  from: Type.Optional(Type.String({ description: 'Only changes at this time or later: ISO 8601, a date, or milliseconds since 1970.' })),
  to: Type.Optional(Type.String({ description: 'Only changes at this time or earlier.' })),
  limit: Type.Optional(Type.Integer(upTo)),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000, description: 'Entries to pass over.' })),
})

/** Of the whole account. */
export const accountAuditQuery = Type.Object({
  ...auditQuery.properties,
  resourceType: Type.Optional(text('Only changes of documents of this type: `flow`.')),
  _resourceId: Type.Optional(idText({ description: 'Only changes of this document.' })),
})
