/** A flow: which exports bring records, which steps they go through, and when it runs. What a step does is said by its own document. */
import { Type } from 'typebox'
import { maxAutomaticRetries } from '../automatic-retries.ts'
import { dateTime, link, objectId, open, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import type { Alias } from '../shared/alias.ts'
import type { Form } from '../shared/form.ts'
import type { Settings } from '../shared/settings.ts'
import { descriptionBounds, flag, integer, list, optional, nameBounds, text } from '../shared/schema-helpers.ts'
import { deletedAt, lineage } from './read-only-fields.ts'
import { overrides } from './flow/overrides.ts'
import { overridesHelper } from './flow/overrides-helper.ts'
import { pageGenerator } from './flow/page-generator.ts'
import { pageProcessor } from './flow/page-processor.ts'
import { router } from './flow/router.ts'

const nextExport = Type.Object(
  optional({
    _flowId: ref('flows', { description: 'Flow to run.' }),
    _exportId: ref('exports', { description: 'Page generator of that flow to run, without the others.' }),
  }),
)

const timing = optional({
  schedule: text(
    'When the flow runs by itself: cron with six fields, of which the first is `?`: `? 5 * ? * *` is five minutes past every hour. Never by itself where it is absent. A page generator that still waits or runs from last time is left out.',
  ),
  timezone: text('Time zone that the schedules of the flow and of its page generators are read in, an IANA name. UTC where it is absent.'),
  disabled: flag('True keeps the flow from running: by schedule, on request, and after another flow. It runs where this is absent.'),
  _runNextFlowIds: list(ref('flows'), 'Flows that run when this one has completed, in this order; they do not wait for each other.'),
  _runNextExportIds: list(
    nextExport,
    'Page generators of flows that run when this one has completed, after `_runNextFlowIds` and in this order. Each entry needs both ids.',
  ),
  runPageGeneratorsInParallel: flag('True runs the page generators at the same time, false one after the other.'),
  skipRetries: flag('True keeps no data for retrying failed records, and retries nothing by itself.'),
  automaticRetries: integer(
    `How often a record is sent again by itself whose error passes (\`intermittent\`, \`rate_limit\`): 0 to ${maxAutomaticRetries} times, ${maxAutomaticRetries} where it is absent, and not at all with \`skipRetries\`. An addition of Sluice.`,
    { minimum: 0, maximum: maxAutomaticRetries },
  ),
  autoResolveMatchingTraceKeys: flag('True resolves open errors of a record once it has gone through.'),
  _keepDeltaBehindFlowId: ref('flows', { description: 'Flow whose last run decides where a delta begins, instead of that of this flow.' }),
  _keepDeltaBehindExportId: ref('exports', { description: 'Page generator of that flow which is meant.' }),
})

const steps = optional({
  pageGenerators: list(pageGenerator, 'Exports that bring records, in order.'),
  pageProcessors: list(pageProcessor, 'Steps that each page goes through, in order. Not together with `routers`.'),
  routers: list(router, 'Where records part ways. The first router is where they begin. Not together with `pageProcessors`.'),
})

const pattern = optional({
  isAbstract: flag('True for a pattern that other flows are made from and that does not run itself.'),
  _abstractFlowId: ref('flows', { description: 'Pattern that this flow follows. Its steps are those of the pattern.' }),
  overrides,
  overridesHelper,
})

export const flow = defineResource({
  name: 'flow',
  model: 'Flow',
  collection: 'flows',
  description: 'A flow: which exports bring records, which steps they go through, and when it runs.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
    ...optional({
      description: text('What it does, at most 10,240 characters.', descriptionBounds),
      _integrationId: ref('integrations', { description: 'Integration that the flow belongs to. It stands alone where this is absent.' }),
      _connectorId: ref('connectors', { readOnly: true, description: 'Integration App that the flow comes from.' }),
      _flowGroupingId: objectId({ description: 'Group of the integration that the flow is in, one of its `flowGroupings`.' }),
      externalId: text('Name of your own for it, under which other systems know it.'),
    }),
    ...timing,
    ...steps,
    ...optional({
      settings: link<Settings>('Settings', { description: 'Values of your own that scripts, filters and templates read.' }),
      settingsForm: link<Form>('Form', { description: 'Form for entering `settings`.' }),
      logging: open(
        optional({
          mode: Type.Enum(['basic', 'detailed', 'debug'], {
            type: 'string',
            description:
              '`basic`: whether each record went through each step, and what failed. `detailed`: what went into each stage and came out. `debug`: requests and answers besides, while `debugUntil` is ahead. Absent: nothing.',
          }),
          debugUntil: dateTime({
            description: 'Everything is recorded until this time, in UTC, whatever the mode: an hour ahead at most.',
          }),
        }),
        { description: 'What is recorded of its runs.' },
      ),
      aliases: list(link<Alias>('Alias'), 'Names for documents, by which scripts and templates can call them.'),
      hidden: flag('True leaves the flow out of lists that people see.'),
    }),
    ...pattern,
  }),
  answered: {
    ...lineage,
    ...optional({
      _userId: objectId({ readOnly: true, description: 'User who made the flow.' }),
      lastExecutedAt: dateTime({ readOnly: true, description: 'When the flow last began to run, in UTC.' }),
      resolvedAt: dateTime({ readOnly: true, description: 'When its errors were last resolved, in UTC.' }),
      deletedAt,
      free: flag('True where the flow does not count towards a licence.', { readOnly: true }),
      wizardState: text('How far the flow was built with guidance.', { readOnly: true }),
      setupInProgress: flag('True while a step of the flow is still to be set up. It does not run meanwhile.', { readOnly: true }),
      __startDateHelper: text('Kept by the scheduler.', { readOnly: true }),
      __retryAtHelper: text('Kept by the scheduler.', { readOnly: true }),
      _exportId: ref('exports', { readOnly: true, description: 'The one export of a flow in its oldest form.' }),
      _importId: ref('imports', { readOnly: true, description: 'The one import of a flow in its oldest form.' }),
    }),
  },
  ignorable: [
    'name',
    'description',
    'schedule',
    'pageGenerators.schedule',
    'timezone',
    'disabled',
    'skipRetries',
    'runPageGeneratorsInParallel',
    'autoResolveMatchingTraceKeys',
    'settings',
    'settingsForm',
    'aliases',
  ],
  identity: ['_id', 'name'],
  filters: ['_integrationId', 'disabled', '_sourceId', '_connectorId', '_flowGroupingId', 'name'],
  unversioned: ['_connectorId'],
})
