/** What is sent and answered where something is cloned. */
import { Type, type Static, type TProperties, type TSchema } from 'typebox'
import { objectId, open } from './kit.ts'
import { Mention } from './text-mentions.ts'
import { integration } from './resources/integration.ts'
import { flag, list, optional, nameBounds, text } from './shared/schema-helpers.ts'
import { toRun } from './code-preview.ts'

/** Connections of one integration; each entry is checked. */
const maxMapped = 1000

const connectionMap = Type.Unsafe<Record<string, string>>({
  type: 'object',
  additionalProperties: { type: 'string' },
  maxProperties: maxMapped,
  description:
    'Connection of the original to the connection that takes its place. Both are ids; the one that takes the place is in the environment of the clone and of the same type. A connection that is not named is shared within an environment, and made anew, offline and without secrets, in another one.',
})

const stackId = objectId({
  'x-sluice-extension': true,
  description:
    'Stack that serves the hooks of the clone in place of those that serve the original. Required in another environment where the original has a stack.',
})

export const CloneRequest = open(
  {
    ...optional({
      name: text('Name of the clone. `Clone - ` and the name of the original where it is absent.', nameBounds),
      description: text('Description of the clone. That of the original where it is absent.'),
      _envId: objectId({ description: 'Environment that the clone is made in. That of the original where it is absent.' }),
      _stackId: stackId,
    }),
    connectionMap,
  },
  { description: 'How to clone an integration.' },
)

/** Of flows, exports and imports, which stay in their environment. */
export const partOf = <P extends TProperties>(what: string, more: P) =>
  open(
    optional({
      name: text(`Name of the clone. \`Clone - \` and the name of the ${what} where it is absent.`, nameBounds),
      ...more,
      connectionMap,
      sandbox: flag('Out of use, and without effect.', { deprecated: true }),
    }),
    { description: `How to clone ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}.` },
  )

const created = list(
  Type.Object({
    _id: objectId({ description: 'Id of the document.' }),
    ...optional({ model: text('Its type: `Flow`, `Export`.'), name: text('Its name.') }),
  }),
  'Documents that were made.',
)

/** Sluice always answers the document itself. */
export const responseOf = <S extends TSchema>(stored: S) =>
  Type.Unsafe<Static<S>>({
    description: 'The clone. The documented list of what was made is never answered here.',
    oneOf: [stored, created],
  } as object)

export const CloneResponse = responseOf(integration.stored)

export const ClonePreviewResponse = Type.Object(
  {
    objects: list(
      Type.Object({
        model: text(
          'Type of the document: `Integration`, `Flow`, `Export`, `Import`, `Connection`, `Script`, `AsyncHelper`, `LookupCache` or `API`.',
        ),
        doc: open({}, { description: 'The document, with the id of the original. Secrets show as `******`.' }),
      }),
      'The document itself and everything that it needs.',
    ),
    stackRequired: Type.Boolean({ description: 'True where a hook, a step or a wrapper connection is served by a stack.' }),
    _stackId: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'That stack, or the first of several; null where there is none.',
    }),
    functions: list(
      toRun,
      'Functions that the clone would run: whenever one of its documents is saved or a form is shown, or in its flows. The texts of their scripts are among the objects.',
      { 'x-sluice-extension': true },
    ),
    mentions: list(
      Mention,
      'Texts that name documents of this list by their ids, the first 1,000, those first that a clone leaves as they are: source text of scripts, which goes on naming the originals.',
      { 'x-sluice-extension': true },
    ),
  },
  { description: 'What a clone would be made of.' },
)
