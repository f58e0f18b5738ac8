/** What belongs to an integration, and what a flow is made of. Each begins at its own rows, so it costs what it answers. */
import type { IntegrationResources } from '../domain/ports/integration-resources.ts'
import { stepPath } from '../domain/rules/step-paths.ts'
import type { Client } from './database/pool.ts'

/** `$1` account, `$2` integration or flow, `$3` most rows. */
const flows = `
  select _id from sluice.documents
  where env_id = $1 and collection = 'flows' and deleted_at is null and doc ->> '_integrationId' = $2`

const own = (collection: string): string => `
  select _id from sluice.documents
  where env_id = $1 and collection = '${collection}' and deleted_at is null and doc ->> '_integrationId' = $2`

const steps = (collection: 'exports' | 'imports'): string => `
  select e.to_id as _id from (${flows}) f
    join sluice.edges e on e.env_id = $1 and e.from_collection = 'flows' and e.from_id = f._id
  where e.to_collection = '${collection}' and e.path ~ '${stepPath}'
  union ${own(collection)}`

const stepsOfFlow = (collection: 'exports' | 'imports'): string => `
  select distinct to_id as _id from sluice.edges
  where env_id = $1 and from_collection = 'flows' and from_id = $2 and to_collection = '${collection}' and path ~ '${stepPath}'`

const helpersOf = (collection: 'exports' | 'imports'): string => `
  select e.to_id as _id from (${steps(collection)}) s
    join sluice.documents d on d.env_id = $1 and d.collection = '${collection}' and d._id = s._id and d.deleted_at is null
    join sluice.edges e on e.env_id = $1 and e.from_collection = '${collection}' and e.from_id = s._id
  where e.to_collection = 'asynchelpers'`

const asyncHelpers = `${helpersOf('exports')} union ${helpersOf('imports')} union ${own('asynchelpers')}`

const connections = `
  select distinct to_id as _id from sluice.edges
  where env_id = $1 and from_collection = 'integrations' and from_id = $2 and path like '\\_registeredConnectionIds.%'`

const children = `
  select from_id as _id from sluice.edges
  where env_id = $1 and to_collection = 'integrations' and to_id = $2 and from_collection = 'integrations' and path = '_parentId'`

/** The documents of these ids that are not deleted, oldest first. */
const documents = (collection: string, ids: string): string => `
  select d.doc::text as text from (${ids}) i
    join sluice.documents d on d.env_id = $1 and d.collection = '${collection}' and d._id = i._id and d.deleted_at is null
  order by d._id limit $3`

const statements = {
  'integration-flows': documents('flows', flows),
  'integration-exports': documents('exports', steps('exports')),
  'integration-imports': documents('imports', steps('imports')),
  'integration-connections': documents('connections', connections),
  'integration-asynchelpers': documents('asynchelpers', asyncHelpers),
  'integration-children': documents('integrations', children),
  'flow-exports': documents('exports', stepsOfFlow('exports')),
  'flow-imports': documents('imports', stepsOfFlow('imports')),
}

export const integrationResourceRows = (db: Client): IntegrationResources => {
  const texts = async (name: keyof typeof statements, ...values: [envId: string, id: string, limit: number]) => {
    const { rows } = await db.query<{ text: string }>({ name, text: statements[name], values })
    return rows.map((row) => row.text)
  }
  return {
    listFlows: (...of) => texts('integration-flows', ...of),
    listSteps: (envId, integrationId, of, limit) => texts(`integration-${of}`, envId, integrationId, limit),
    listConnections: (...of) => texts('integration-connections', ...of),
    listAsyncHelpers: (...of) => texts('integration-asynchelpers', ...of),
    listChildren: (...of) => texts('integration-children', ...of),
    listStepsOfFlow: (envId, flowId, of, limit) => texts(`flow-${of}`, envId, flowId, limit),
  }
}
