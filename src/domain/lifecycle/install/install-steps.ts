/** The install steps of a revision: choosing counterparts for resources of the other side, and sending secrets. Pure. */
import { readName, typeName } from '../compare/diff-format.ts'
import type { Definition } from '../../definitions/definition.ts'
import type { Plan } from '../merge/merge-states.ts'
import type { Key } from '../../ports/document.ts'

/** What every environment has of its own: it does not come along, somebody chooses which one here takes its place. */
export const choices = {
  connections: {
    type: 'connection',
    source: '_sourceConnectionId',
    chosen: '_connectionId',
    shown: 'sourceConnection',
    made: 'connection',
  },
  stacks: { type: 'stack', source: '_sourceStackId', chosen: '_stackId', shown: 'sourceStack', made: 'stack' },
  ediprofiles: {
    type: 'ediProfile',
    source: '_sourceEdiProfileId',
    chosen: '_ediProfileId',
    shown: 'sourceEdiProfile',
    made: 'ediProfile',
  },
} as const
export type ChoiceCollection = keyof typeof choices
export const isChoiceCollection = (collection: string): collection is ChoiceCollection => Object.hasOwn(choices, collection)

/** Its fields are called as `choices` says. */
export interface ChoiceStep {
  readonly type: (typeof choices)[ChoiceCollection]['type']
  readonly name: string
  readonly completed: boolean
  readonly [field: string]: unknown
}

/** Asks for secrets, which no state holds. They are kept sealed, and nobody reads them. */
export interface SecretsStep {
  readonly type: 'secrets'
  readonly name: string
  readonly completed: boolean
  readonly resourceType: string
  /** Of the resource here. */
  readonly _resourceId: string
  /** Dotted paths. */
  readonly fields: readonly string[]
}

export type InstallStep = ChoiceStep | SecretsStep

export const isSecrets = (step: InstallStep): step is SecretsStep => step.type === 'secrets'

export interface Choice {
  readonly collection: ChoiceCollection
  readonly from: string
  /** Absent while nobody has chosen. */
  readonly to: string | undefined
}

export function toChoice(step: InstallStep): Choice | undefined {
  const collection = (Object.keys(choices) as ChoiceCollection[]).find((each) => choices[each].type === step.type)
  if (collection === undefined || isSecrets(step)) return undefined
  const { source, chosen } = choices[collection]
  return { collection, from: step[source] as string, to: step[chosen] as string | undefined }
}

export const listChoices = (steps: readonly InstallStep[]): readonly Choice[] => steps.flatMap((step) => toChoice(step) ?? [])

/** Ids of the other side for which nothing was chosen yet. */
export const listPendingIds = (steps: readonly InstallStep[]): ReadonlySet<string> =>
  new Set(listChoices(steps).flatMap(({ from, to }) => (to === undefined ? [from] : [])))

/** `definition` is how the other side has it, without its secrets: what a new one can be made from. */
export function makeChoiceStep(collection: ChoiceCollection, id: string, definition: Definition): ChoiceStep {
  const { type, source, shown } = choices[collection]
  return { type, name: readName(definition) || id, completed: false, [source]: id, [shown]: definition }
}

export const completeChoice = (step: ChoiceStep, collection: ChoiceCollection, id: string): ChoiceStep => ({
  ...step,
  completed: true,
  [choices[collection].chosen]: id,
})

export const makeSecretsStep = ({ collection, id }: Key, definition: Definition, fields: readonly string[]): SecretsStep => ({
  type: 'secrets',
  name: readName(definition) || id,
  completed: false,
  resourceType: typeName(collection as Parameters<typeof typeName>[0]),
  _resourceId: id,
  fields,
})

/** Those that are to be done yet. Nobody needs the secrets of what a decision leaves as it is. */
export function filterOpenSteps(steps: readonly InstallStep[], plan: Pick<Plan, 'steps'>): readonly InstallStep[] {
  const written = new Set(plan.steps.flatMap(({ id, after }) => (after ? [id] : [])))
  return steps.filter((step) => !step.completed && (!isSecrets(step) || written.has(step._resourceId)))
}

export const findStep = (steps: readonly InstallStep[], from: string): InstallStep | undefined =>
  steps.find((step) => toChoice(step)?.from === from)
