/** What steps make of records by what users write, as data: a stage is compiled and evaluated in the same way wherever that is done. */
import type { Filter } from '../../contract/shared/filter.ts'
import type { Lookup } from '../../contract/shared/lookup.ts'
import type { Mapping } from '../../contract/shared/mapping.ts'
import type { ResponseMapping } from '../../contract/shared/response-mapping.ts'
import type { Transform } from '../../contract/shared/transform.ts'
import { StepFailure, type ErrorSource, type Failure, type FlowRecord, type Found } from '../adaptor.ts'
import { compileFilter, compileRules, type FilterSettings } from '../filter/filter.ts'
import type { LookupAnswers } from '../mapping/value-lookups.ts'
import { compileMapper, type Mapped, type Mapper } from '../mapping/mapper.ts'
import { compileMapperV1, type MappingV1 } from '../mapping/mapper-v1.ts'
import { compileResponseMapping } from '../mapping/response-mapping.ts'
import { toLookupContext } from '../template/template-context.ts'
import { compileTraceKey } from '../template/trace-key.ts'
import type { Statement } from '../template/statement.ts'
import { compileTransform } from '../mapping/transform.ts'
import { compileSchema, type SchemaProblem } from '../values/json-schema.ts'
import { readXmlDocument, type XmlDocument, type XmlDocumentRules } from '../values/xml-document.ts'
import { readXml, type XmlQuery, type XmlRead } from '../values/xml.ts'
import {
  compileStatementTemplate,
  compileTexts,
  type StatementTemplate,
  type TextsInput,
  type Texts,
  type TextsResult,
} from './request-templates.ts'

type Surroundings = Readonly<Record<string, unknown>>

interface MappingStage {
  mappings?: readonly Mapping[]
  mapping?: MappingV1
  lookups: readonly Lookup[]
  surroundings: Surroundings
  operation?: 'create' | 'update'
}

interface Kinds {
  filter: { stage: { filter: Filter; settings: FilterSettings }; input: FlowRecord; result: boolean | Failure }
  routes: {
    stage: { branches: readonly { rules?: unknown; version?: string }[]; takesAll: boolean; settings: FilterSettings; context?: object }
    input: FlowRecord
    result: readonly number[] | Failure
  }
  transform: { stage: { transform: Transform; surroundings: Surroundings }; input: FlowRecord; result: Mapped }
  mapping: { stage: MappingStage; input: FlowRecord; result: Mapped }
  /** The same with what lookups found at the target. */
  lookedMapping: { stage: MappingStage; input: { record: FlowRecord } & Found; result: Mapped }
  responseMapping: {
    stage: { mapping: ResponseMapping }
    input: { record: FlowRecord; response: Readonly<Record<string, unknown>> }
    result: FlowRecord
  }
  traceKey: { stage: { template?: string }; input: FlowRecord; result: string }
  texts: { stage: Texts; input: TextsInput; result: TextsResult }
  statement: { stage: StatementTemplate; input: TextsInput; result: Statement | Failure }
  xml: { stage: object; input: XmlQuery; result: XmlRead | Failure }
  xmlDocument: { stage: XmlDocumentRules; input: { readonly text: string }; result: XmlDocument }
  /** What is wrong with a value by a JSON Schema; nothing where it fits. */
  schema: { stage: { schema: object }; input: { readonly value: unknown }; result: readonly SchemaProblem[] | Failure }
}

export type Kind = keyof Kinds
export type StageOf<K extends Kind> = {
  readonly [each in K]: { readonly kind: each; readonly source: ErrorSource } & Kinds[each]['stage']
}[K]
export type Stage = StageOf<Kind>
export type InputOf<K extends Kind> = Kinds[K]['input']
export type ResultOf<K extends Kind> = Kinds[K]['result']

/** Undefined where an answer of a lookup cache is missing: it is noted in `answers`. */
export type EvaluateOne = (input: unknown, answers: LookupAnswers) => unknown

type Compile<K extends Kind> = (stage: StageOf<K>) => (input: InputOf<K>, answers: LookupAnswers) => ResultOf<K> | undefined

const compilers: { readonly [K in Kind]: Compile<K> } = {
  filter({ filter, source, settings }) {
    const passes = compileFilter(filter, source)
    return (record) => told(() => passes(record, settings))
  },
  routes({ branches, source, takesAll, settings, context }) {
    const wants = branches.map(({ rules, version }) => compileRules(rules, source, version, context))
    return (record) =>
      told(() => {
        const fitting = wants.flatMap((isWanted, position) => (isWanted(record, settings) ? [position] : []))
        return takesAll ? fitting : fitting.slice(0, 1)
      })
  },
  transform({ transform, surroundings }) {
    const mapper = compileTransform(transform)
    return mapper ? byMapper(mapper, surroundings) : (value) => ({ ok: true, value })
  },
  mapping({ mappings = [], mapping, lookups, surroundings, operation }) {
    return byMapper(mapping ? compileMapperV1(mapping, lookups) : compileMapper(mappings, lookups), surroundings, operation)
  },
  lookedMapping({ mappings = [], mapping, lookups, surroundings, operation }) {
    const options = { finds: true }
    const mapper = mapping ? compileMapperV1(mapping, lookups, options) : compileMapper(mappings, lookups, options)
    return ({ record, found }, answers) =>
      mapper.one(record, { surroundings: { ...surroundings, ...toLookupContext({ found }) }, operation }, { ...answers, found })
  },
  responseMapping({ mapping }) {
    const map = compileResponseMapping(mapping)
    return ({ record, response }) => map(record, response)
  },
  traceKey({ template, source }) {
    const keyOf = compileTraceKey(template, source)
    return (record) => keyOf(record)
  },
  texts: compileTexts,
  statement: compileStatementTemplate,
  xml: () => readXml,
  xmlDocument:
    (rules) =>
    ({ text }) =>
      readXmlDocument(text, rules),
  schema({ schema, source }) {
    const check = compileSchema(schema, source)
    return ({ value }) => told(() => check(value))
  },
}

const byMapper =
  (mapper: Mapper, surroundings: Surroundings, operation?: 'create' | 'update') =>
  (record: FlowRecord, answers: LookupAnswers): Mapped | undefined =>
    mapper.one(record, { surroundings, operation }, answers)

/** Throws `StepFailure` where the stage can never work. */
export const compileStage = (stage: Stage): EvaluateOne => (compilers[stage.kind] as Compile<Kind>)(stage as never) as EvaluateOne

function told<T>(ask: () => T): T | Failure {
  try {
    return ask()
  } catch (error) {
    if (error instanceof StepFailure) return error.failure
    throw error
  }
}

/** What a stage is called in the sentence that says that it was stopped. */
export const names: Readonly<Record<Kind, string>> = {
  filter: 'The filter',
  routes: 'The router',
  transform: 'The transform',
  mapping: 'The mapping',
  lookedMapping: 'The mapping',
  responseMapping: 'The response mapping',
  traceKey: 'The trace key template',
  texts: 'A template of the request',
  statement: 'The statement',
  xml: 'The XML that the application answered',
  xmlDocument: 'The XML',
  schema: 'The JSON Schema',
}
