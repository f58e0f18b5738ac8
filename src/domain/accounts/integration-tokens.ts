/** Checks that whoever creates a token for single integrations holds each level that the token gets. */
import { levelInIntegration } from '../access/code-rights.ts'
import { canReachEnvironment } from '../access/extent.ts'
import type { Context } from '../context.ts'
import { DomainError, type Problem } from '../errors.ts'
import type { IntegrationLevel, Scopes } from '../ports/access-tokens.ts'
import type { RowsOf } from '../ports/store.ts'

export const levelsField = 'integrationLevels'

/** What the token had before is not asked again: that it still is named hinders nobody from ending the token. */
export async function checkIntegrationLevels(
  rows: RowsOf<'clones' | 'documents'>,
  ctx: Context,
  envId: string,
  scopes: Scopes,
  before: Scopes = {},
): Promise<void> {
  const { integrationLevels: levels = [], ...others } = scopes
  if (levels.length > 0 && Object.keys(others).length > 0)
    throw new DomainError('invalid_field', 'A token is either for integrations or for other documents, not both.', levelsField)
  const twice = levels.findIndex((one, i) => levels.findIndex((each) => each._integrationId === one._integrationId) < i)
  if (twice >= 0) throw new DomainError('invalid_field', 'The integration is listed twice.', `${levelsField}.${twice}._integrationId`)
  const had = new Set((before.integrationLevels ?? []).map(({ _integrationId, level }) => `${_integrationId} ${level}`))
  const places = await findLevelPlaces(rows, ctx, envId, levels)
  const problems: Problem[] = []
  for (const [i, { _integrationId: id, level }] of levels.entries())
    if (!had.has(`${id} ${level}`))
      problems.push(...findLevelProblems(ctx, envId, places, { _integrationId: id, level }, `${levelsField}.${i}`))
  const [first, ...more] = problems
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

function findLevelProblems(
  { caller }: Context,
  envId: string,
  places: ReadonlyMap<string, string>,
  { _integrationId: id, level }: IntegrationLevel,
  field: string,
): readonly Problem[] {
  const place = places.get(id)
  const own = levelInIntegration(caller, id)
  if (place === undefined || own === undefined)
    return [{ code: 'invalid_ref', message: `There is no document ${id} in integrations.`, field: `${field}._integrationId` }]
  if (level === 'read') return []
  if (place !== envId)
    return [{ code: 'invalid_field', message: 'In another environment than its own a token can only read.', field: `${field}.level` }]
  return own === 'manage'
    ? []
    : [{ code: 'access_denied', message: `The level ${level} is for who manages the integration.`, field: `${field}.level` }]
}

/** The environments of these integrations: that of the token, and for direct relatives of those in it any that the token reaches. */
async function findLevelPlaces(
  rows: RowsOf<'clones' | 'documents'>,
  ctx: Context,
  envId: string,
  levels: readonly IntegrationLevel[],
): Promise<ReadonlyMap<string, string>> {
  const keys = levels.map(({ _integrationId: id }) => ({ collection: 'integrations', id }))
  const found = new Map((await rows.documents.filterPresent(envId, keys)).map(({ id }) => [id, envId]))
  const isWhole = envId === ctx.caller.accountId
  if (!isWhole || found.size === levels.length) return found
  const inIt = [...found.keys()]
  for (const integrationId of inIt) {
    const own = { envId, integrationId }
    const source = await rows.clones.findSource(own)
    for (const place of [...(source ? [source] : []), ...(await rows.clones.listClones(own))]) {
      const isListed = levels.some(({ _integrationId }) => _integrationId === place.integrationId)
      const isThere = isListed && canReachEnvironment(ctx, place.envId) && (await isPresent(rows, place.envId, place.integrationId))
      if (isThere && !found.has(place.integrationId)) found.set(place.integrationId, place.envId)
    }
  }
  return found
}

const isPresent = async (rows: RowsOf<'documents'>, envId: string, id: string): Promise<boolean> =>
  (await rows.documents.readText(envId, 'integrations', id)) !== undefined
