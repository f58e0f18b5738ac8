/** A licence: what lets an account install an Integration App of another one. It belongs to a connector and, once used, to an installation. */
import { Type, type Static } from 'typebox'
import { dateTime, objectId } from './kit.ts'
import { choice, anyObject, optional, text } from './shared/schema-helpers.ts'

const terms = optional({
  expires: dateTime({ description: 'Until when the app runs under it. Where this is absent it never expires, but for a trial.' }),
  trialEndDate: dateTime({
    description: 'Until when the app is tried. Set once; not after `expires`, which makes a paid licence of a trial.',
  }),
  opts: anyObject('Options that the functions of the app get with the licence, such as `connectorEdition` and `addonLicenses`.'),
  _editionId: objectId({ description: 'Edition of the app that it is for. Required where the app has editions.' }),
})

export const LicenseRequest = Type.Object(
  {
    user: Type.Object({
      email: text('Address of a user of this server, whose account gets the licence.', { minLength: 3, maxLength: 320 }),
    }),
    ...terms,
  },
  { description: 'A licence to make.' },
)

/** The account cannot be another one later. */
export const LicenseChange = Type.Object(terms, { description: 'The terms of a licence.' })

export const License = Type.Object(
  {
    _id: objectId({ description: 'Identifies the licence.' }),
    createdAt: dateTime({ description: 'When it was made, in UTC.' }),
    created: dateTime({ description: 'The same, under its older name.' }),
    lastModified: dateTime({ description: 'When its terms last changed, in UTC.' }),
    _connectorId: objectId({ description: 'The app.' }),
    ...optional({ _integrationId: objectId({ description: 'Installation that it is used for; absent while it is free.' }) }),
    user: Type.Object({ email: text('Whose account it was given to.') }),
    type: choice(['paid', 'trial'], '`trial` where it ends with `trialEndDate`.', { 'x-sluice-extension': true }),
    ...terms,
  },
  { description: 'What lets an account install an Integration App.' },
)
export type License = Static<typeof License>

/** As the account that has it finds it, which cannot look at the connector. */
export const AccountLicense = Type.Object(
  {
    ...License.properties,
    ...optional({
      app: text('What the publisher calls the app.', { 'x-sluice-extension': true }),
      edition: text('What the publisher calls the edition that it is for.', { 'x-sluice-extension': true }),
    }),
  },
  { description: 'A licence of the account.' },
)
