/** The direct relatives of an integration: what it was cloned from, and its clones, in whichever environment. */
import { useData, useLater } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { withProduction } from '../../parts/scope-switcher.tsx'

interface Relative {
  readonly _id: string
  readonly name: string
  readonly envId: string
  /** Name of its environment. */
  readonly environment: string
  /** The integration was cloned from it. */
  readonly isSource: boolean
}

export function useRelatives(id: string): readonly Relative[] {
  const family = useData('listIntegrationCloneFamily', { params: { _id: id } })
  const { account, environment } = useSession()
  const environments = withProduction(useLater('listEnvironments', {}).data ?? [], account)
  const own = family.find(({ _id }) => _id === id)
  return family
    .filter(({ _id, _sourceId }) => _id === own?._sourceId || _sourceId === id)
    .map(({ _id, name, _envId = environment._id }) => ({
      _id,
      name: name ?? _id,
      envId: _envId,
      environment: environments.find((each) => each._id === _envId)?.name ?? _envId,
      isSource: _id === own?._sourceId,
    }))
}
