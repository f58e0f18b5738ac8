/** The fields of flows. */
import { documentStamps, answered, carried, kept, refused, type Field } from './field.ts'

const unsupported = 'field_unsupported'

const steps = (place: string): Field[] => [
  ...carried(
    'cases/flow/steps.json',
    `${place}.type`,
    `${place}._exportId`,
    `${place}._importId`,
    `${place}.proceedOnFailure`,
    `${place}.responseMapping`,
  ),
  ...carried('cases/hooks/records.json', `${place}.hooks.postResponseMap`),
  ...carried('http/jobs.test.ts', `${place}.setupInProgress`),
]

export const flowFields: readonly Field[] = [
  ...kept('Tells people and other systems what it is.', 'name', 'description', 'externalId', 'hidden'),
  ...carried('http/integration-resources.test.ts', '_integrationId'),
  ...carried('http/groups.test.ts', '_flowGroupingId'),
  ...carried('engine/scheduled-runs.test.ts', 'schedule', 'timezone', 'disabled', 'isAbstract'),
  ...carried('cases/chains/chains.json', '_runNextFlowIds[]', '_runNextExportIds[]._flowId', '_runNextExportIds[]._exportId'),
  ...carried('engine/run-overlap.test.ts', 'runPageGeneratorsInParallel'),
  ...carried('engine/automatic-retries.test.ts', 'skipRetries'),
  ...carried('engine/automatic-retries.test.ts', 'automaticRetries'),
  ...carried('cases/flow/records.json', 'autoResolveMatchingTraceKeys'),
  ...carried('engine/run-after.test.ts', '_keepDeltaBehindFlowId', '_keepDeltaBehindExportId'),
  ...carried('engine/scheduled-runs.test.ts', 'pageGenerators[]._exportId', 'pageGenerators[].schedule'),
  ...carried('engine/automatic-retries.test.ts', 'pageGenerators[].skipRetries'),
  ...carried('engine/run-after.test.ts', 'pageGenerators[]._keepDeltaBehindFlowId', 'pageGenerators[]._keepDeltaBehindExportId'),
  ...carried('engine/scheduled-runs.test.ts', 'pageGenerators[].setupInProgress'),
  ...steps('pageProcessors[]'),
  ...steps('routers[].branches[].pageProcessors[]'),
  ...carried(
    'cases/flow/routers.json',
    'routers[].id',
    'routers[].branches[].inputFilter.version',
    'routers[].branches[].inputFilter.rules[]',
    'routers[].branches[].nextRouterId',
    'routers[].routeRecordsTo',
    'routers[].nextRouterId',
  ),
  ...carried('cases/hooks/branching.json', 'routers[].branches[].name', 'routers[].routeRecordsUsing', 'routers[].script'),
  ...kept('Tells people what it is.', 'routers[].name', 'routers[].branches[].description'),
  ...carried('cases/flow/retries.json', 'routers[].branches[].branchId'),
  ...carried('engine/execution-logs.test.ts', 'logging.mode', 'logging.debugUntil'),
  ...carried('cases/filter/value.json', 'settings'),
  ...carried('http/scripts.test.ts', 'settingsForm'),
  ...carried('engine/aliases.test.ts', 'aliases[]'),
  ...refused(unsupported, 'A flow has its own steps: it cannot follow a pattern yet.', '_abstractFlowId', 'overrides.**'),
  ...kept('Says which fields of a pattern may be said anew, to whoever edits the flow.', 'overridesHelper.**'),
  ...answered(
    ...documentStamps,
    '_templateId',
    'pageGenerators[].__startDateHelper',
    'lastExecutedAt',
    'resolvedAt',
    'free',
    'wizardState',
    'setupInProgress',
    '__startDateHelper',
    '__retryAtHelper',
    '_exportId',
    '_importId',
  ),
]
