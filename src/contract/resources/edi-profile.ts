/** An EDI profile: what goes into the envelopes that are exchanged with one trading partner. Not all its fields are known, so it keeps every one. */
import { Type } from 'typebox'
import { objectId } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { choice, descriptionBounds, optional, nameBounds, text } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'

const x12 = optional({
  tpInterchangeId: text("The partner's interchange id, ISA06 or ISA08."),
  myInterchangeId: text('Your own interchange id, ISA08 or ISA06.'),
  tpIdQualifier: text("What kind of id the partner's is, ISA05 or ISA07: `ZZ` for one that is agreed on."),
  myIdQualifier: text('What kind of id your own is, ISA07 or ISA05.'),
  tpGroupId: text("The partner's id in functional groups, GS02 or GS03."),
  myGroupId: text('Your own id in functional groups, GS03 or GS02.'),
  isa12: text('Version of the interchange: `00401`.'),
  isa15: text('`P` for documents in earnest, `T` for a test.'),
  gs07: text('Agency that is responsible for the standard: `X`.'),
  gs08: text('Version of the documents: `004010`.'),
})

/** Nine digits: as many as an interchange of X12 has for it. */
export const maxControlNumber = 999_999_999

const edifact = optional({
  unb010_0001: text('Set of characters: `UNOA`.'),
  unb010_0002: text('Version of the syntax.'),
  versionNumber: text('Version of the messages: `D`.'),
  releaseNumber: text('Release of the messages: `96A`.'),
  controllingAgency: text('Agency that controls the messages: `UN`.'),
})

export const ediProfile = defineResource({
  name: 'ediProfile',
  model: 'EDIProfile',
  collection: 'ediprofiles',
  description: 'An EDI profile: what goes into the envelopes that are exchanged with one trading partner.',
  body: Type.Object(
    {
      name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
      ...optional({
        description: text('Who the partner is, at most 10,240 characters.', descriptionBounds),
        controlNumber: Type.Unsafe<number | string>({
          type: ['integer', 'string'],
          'x-sluice-extension': true,
          description:
            'Control number of the first interchange that is written; those that follow are counted up from it. A larger one than was given is the next. 1 where it is absent.',
        }),
        fileType: choice(['edix12', 'edifact'], 'Standard that the documents follow. Fields of the other one are not read.'),
      }),
      ...x12,
      ...edifact,
    },
    { additionalProperties: true },
  ),
  answered: optional({
    _userId: objectId({ readOnly: true, description: 'User who made the profile.' }),
    deletedAt,
  }),
  identity: ['_id', 'name'],
  filters: ['fileType', 'name'],
  projection: false,
})
