/** Where an Integration App stands: which of its lists of steps is open, and which operations show and take them. */
import type { CallResult } from './client.ts'

type Integration = CallResult<'getIntegration'>
export type StepList = 'installSteps' | 'uninstallSteps' | 'changeEditionSteps'
export type AppStep = NonNullable<Integration['installSteps']>[number]

export const takeOperations = {
  installSteps: { show: 'showInstallStep', take: 'takeInstallStep' },
  uninstallSteps: { show: 'showUninstallStep', take: 'takeUninstallStep' },
  changeEditionSteps: { show: 'showChangeEditionStep', take: 'takeChangeEditionStep' },
} as const

interface OpenSteps {
  readonly list: StepList
  readonly steps: readonly AppStep[]
  /** The place of the step to be taken now. */
  readonly current: number
}

/** Undefined where there is nothing to be taken. */
export function findOpenSteps(
  integration: Pick<Integration, '_connectorId' | 'mode' | 'pendingLicense' | StepList>,
): OpenSteps | undefined {
  const { _connectorId, mode, pendingLicense } = integration
  if (_connectorId === undefined) return undefined
  const list =
    mode === 'install' ? 'installSteps' : mode === 'uninstall' ? 'uninstallSteps' : pendingLicense ? 'changeEditionSteps' : undefined
  const steps = list && (integration[list] ?? [])
  const current = steps?.findIndex(({ completed }) => completed !== true) ?? -1
  return list && steps && current >= 0 ? { list, steps, current } : undefined
}
