// The code of the sample app, version 1. It runs in a sandbox, with the rights of the app and no other.
const { integrations } = require('integrator-api')

/** Settings are the app's memory: changed by reading the installation and writing it back. */
function remember(id, more) {
  const now = integrations.get(id)
  integrations.update(id, Object.assign({}, now, { settings: Object.assign({}, now.settings, more) }))
}

/** Step 1: the connection is there, made or chosen. */
function connected(options) {
  remember(options.resource._id, { connection: options._connectionId })
}

/** Step 2 shows a form that is made here. */
function regionForm(options) {
  return {
    fieldMap: {
      region: { id: 'region', name: 'region', label: 'Region', type: 'select', required: true, options: [{ items: ['EU', 'US'] }] },
      notify: { id: 'notify', name: 'notify', label: 'Tell us by mail', type: 'text', inputType: 'email' },
    },
  }
}

/** What was filled in is kept as settings. Where the region is the US, a step more has to be taken. */
function regionChosen(options) {
  remember(options.resource._id, { region: options.formSubmission.region })
  if (options.formSubmission.region !== 'US') return
  return { installSteps: options.resource.installSteps.concat([{ name: 'Accept the sales tax rules', type: 'hidden' }]) }
}

/** One child for each store. */
function newStore(options) {
  return { name: 'Store of ' + options.parentIntegration.name, settings: { region: (options.parentIntegration.settings || {}).region } }
}

function changeEdition(options) {
  remember(options.integration._id, { edition: options.toEdition })
}

function update(options) {
  throw new Error('version 1 is the first')
}

/** Hook of the export: orders without a customer are not worth sending on. */
function onlyWithCustomer(options) {
  return { data: options.data.filter((order) => order.customer), errors: options.errors }
}

function goodbye() {}
