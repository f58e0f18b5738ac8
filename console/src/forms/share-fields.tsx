/** How far an account is shared with a user, as a form: a level for the account as a whole, and one for each of some integrations. */
import { useAccountIntegrations } from '../api/account-integrations.ts'
import { sharingWords } from '../words/sharing.ts'
import { signInWords } from '../words/sign-in.ts'
import { userWords } from '../words/users.ts'
import type { FormView, FormViewProps } from '../parts/document-editor.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { PickLevels } from '../parts/pick-list.tsx'
import { Loading, Refusal } from '../parts/states.tsx'

type Values = FormViewProps['values']

interface IntegrationLevel {
  readonly _integrationId: string
  readonly accessLevel: 'monitor' | 'manage'
}

export const integrationLevels = (['monitor', 'manage'] as const).map((value) => ({ value, label: userWords.levels[value] }))
const accountLevels = [...integrationLevels, { value: 'administrator', label: userWords.levels.administrator }]

export const integrationLevelsOf = ({ integrationAccessLevel }: Values): readonly IntegrationLevel[] =>
  Array.isArray(integrationAccessLevel) ? (integrationAccessLevel as readonly IntegrationLevel[]) : []

/** The field without its value where there is none. */
const withField = (values: Values, name: string, value: unknown): Values =>
  Object.fromEntries(Object.entries({ ...values, [name]: value }).filter(([, each]) => each !== undefined))

/** The access level of the user in one integration; those in others stay. */
export const withLevel = (values: Values, _integrationId: string, accessLevel: string | undefined): Values =>
  withField(values, 'integrationAccessLevel', [
    ...integrationLevelsOf(values).filter((each) => each._integrationId !== _integrationId),
    ...(accessLevel === undefined ? [] : [{ _integrationId, accessLevel }]),
  ])

export const shareForm: FormView = {
  fields: () => new Set(['accessLevel', 'allowToEditRetryData']),
  draw: (props) => <ShareFields {...props} />,
}

export const invitationForm: FormView = {
  fields: () => new Set(['email', 'accessLevel', 'allowToEditRetryData']),
  draw: (props) => (
    <>
      <EmailField {...props} />
      <ShareFields {...props} />
    </>
  ),
}

export function EmailField({ values, problems, isReadOnly, onChange, known = [] }: FormViewProps & { readonly known?: readonly string[] }) {
  return (
    <FieldControl
      kind="email"
      label={signInWords.signIn.email}
      value={values['email']}
      error={problems.get('email')}
      isReadOnly={isReadOnly}
      suggestions={known}
      onChange={(email) => onChange({ ...values, email })}
    />
  )
}

function ShareFields({ values, problems, isReadOnly, onChange }: FormViewProps) {
  const integrations = useAccountIntegrations()
  const isWhole = typeof values['accessLevel'] === 'string'
  return (
    <>
      <FieldControl
        isReadOnly={isReadOnly}
        kind="select"
        label={userWords.level}
        hint={userWords.levelHint}
        none={sharingWords.someOnly}
        options={accountLevels}
        value={values['accessLevel']}
        error={problems.get('accessLevel')}
        onChange={(level) => onChange(withField(values, 'accessLevel', level))}
      />
      {integrations.isPending && <Loading lines={3} />}
      <Refusal error={integrations.error} />
      {values['accessLevel'] !== 'administrator' && integrations.data && (
        <PickLevels
          label={sharingWords.integrations}
          hint={isWhole ? sharingWords.moreHint : sharingWords.someHint}
          none={sharingWords.noIntegrations}
          noLevel={isWhole ? sharingWords.asInAccount : sharingWords.noAccess}
          items={integrations.data}
          levels={integrationLevels}
          isReadOnly={isReadOnly}
          chosen={new Map(integrationLevelsOf(values).map(({ _integrationId, accessLevel }) => [_integrationId, accessLevel]))}
          onChange={(chosen) =>
            onChange({
              ...values,
              integrationAccessLevel: [...chosen].map(([_integrationId, accessLevel]) => ({ _integrationId, accessLevel })),
            })
          }
        />
      )}
      <FieldControl
        isReadOnly={isReadOnly}
        kind="flag"
        label={sharingWords.editRetryData}
        hint={sharingWords.editRetryDataHint}
        value={values['allowToEditRetryData']}
        error={problems.get('allowToEditRetryData')}
        onChange={(may) => onChange({ ...values, allowToEditRetryData: may })}
      />
    </>
  )
}
