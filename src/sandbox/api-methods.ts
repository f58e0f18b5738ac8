/** What `integrator-api` offers to scripts, by resource. Who answers a call is the domain (domain/dispatch/integrator-api.ts); the sandbox only carries it. */

const documents = ['find', 'get', 'create', 'update', 'delete']

export const apiMethods: Readonly<Record<string, readonly string[]>> = {
  integrations: documents,
  flows: [...documents, 'run'],
  exports: [...documents, 'run', 'runVirtual', 'runVirtualWithPaging'],
  imports: [...documents, 'run', 'runVirtual'],
  connections: [...documents, 'ping'],
  asyncHelpers: documents,
  lookupCaches: [...documents, 'getData', 'upsertData', 'deleteData', 'purge'],
  settings: ['get', 'update'],
  state: ['list', 'get', 'put', 'delete', 'deleteAll'],
  jobs: ['get'],
}

export const apiOnly = 'scripts can use integrator-api and dayjs.'
