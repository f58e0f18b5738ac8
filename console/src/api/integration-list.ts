/** Entries of a list of an integration, each changed by itself and saved with the version of the integration that it was read from. */
import { call, callWithVersion, type CallResult } from './client.ts'
import { queryClient, refresh } from './queries.ts'
import { ifMatch, type Versioned } from './versioned.ts'

type Integration = CallResult<'getIntegration'>

export const readIntegration = (_id: string): Promise<Versioned<Integration>> => callWithVersion('getIntegration', { params: { _id } })

/** Reads it again and saves it changed: refused where it is no more as it was in `version`. Without one, whatever was changed meanwhile stays. */
export async function changeIntegration(
  _id: string,
  change: (integration: Integration) => Partial<Integration>,
  version?: string,
): Promise<void> {
  const latest = await readIntegration(_id)
  const body = { ...latest.result, ...change(latest.result) }
  await call('updateIntegration', { params: { _id }, body, ...ifMatch(version ?? latest.version) })
  await refresh(queryClient, ['getIntegration', 'listIntegrationAudit'])
}

type Group = NonNullable<Integration['flowGroupings']>[number]

/** The same for the groups of its flows, which can be changed without the rest. */
export async function changeGroups(_id: string, change: (groups: readonly Group[]) => readonly Group[], version?: string): Promise<void> {
  const latest = await readIntegration(_id)
  const value = change(latest.result.flowGroupings ?? [])
  const body = [{ op: 'replace' as const, path: '/flowGroupings', value }]
  await call('patchIntegration', { params: { _id }, body, ...ifMatch(version ?? latest.version) })
  await refresh(queryClient, ['getIntegration', 'listIntegrationAudit', 'listIntegrationFlows', 'getSettingsForm'])
}
