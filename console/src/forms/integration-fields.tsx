/** Name and description of an integration, as they stand in the forms that make and change one. */
import type { FormState, UseFormRegister } from 'react-hook-form'
import { TextField } from '../parts/field.tsx'
import { integrationWords } from '../words/integrations.ts'

interface Named {
  readonly name: string
  readonly description: string
}

interface IntegrationFieldsProps {
  readonly register: (name: keyof Named) => ReturnType<UseFormRegister<Named>>
  readonly errors: FormState<Named>['errors']
}

export const IntegrationFields = ({ register, errors }: IntegrationFieldsProps) => (
  <>
    <TextField label={integrationWords.integration.name} autoFocus required {...register('name')} error={errors.name?.message} />
    <TextField label={integrationWords.integration.description} {...register('description')} error={errors.description?.message} />
  </>
)
