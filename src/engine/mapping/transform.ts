/** Transforms of exports: version 1 copies paths to paths, version 2 is the mapper. A record that cannot be transformed fails; its page goes on. */
import type { Transform } from '../../contract/shared/transform.ts'
import { type Failure, type FlowRecord, StepFailure } from '../adaptor.ts'
import { compileCopy } from './copy-rule.ts'
import { PathError } from '../values/json-path.ts'
import { compileMapper, type LookupCaches, type MapContext, type Mapped, type Mapper } from './mapper.ts'
import { isPlainObject, type PlainObject } from '../values/plain-value.ts'
import { TemplateError } from '../template/template.ts'

const source = 'transformation'
const broken = (message: string): StepFailure => new StepFailure({ source, code: 'invalid_transform', message })

/** Undefined where there is nothing to do. Throws `StepFailure` where the transform can never work. */
export function compileTransform(transform: Transform | undefined, caches?: LookupCaches): Mapper | undefined {
  if (!transform) return undefined
  if (transform.type === 'script')
    throw new StepFailure({ source, code: 'script_missing', message: 'The transform is a script, and names none.' })
  const { version, rules, rulesTwoDotZero } = transform.expression ?? {}
  const second = version === '2' || (version === undefined && rulesTwoDotZero !== undefined)
  if (second) {
    const mappings = rulesTwoDotZero?.mappings ?? []
    if (mappings.length === 0) return undefined
    const mapper = compileMapper(mappings, rulesTwoDotZero?.lookups ?? [], { caches, source })
    return rulesTwoDotZero?.mode === 'modify' ? overRecord(mapper) : mapper
  }
  const flat = (rules ?? []).flat()
  return flat.length === 0 ? undefined : pageOf(compileRules(flat))
}

type Apply = (record: FlowRecord, context: MapContext) => Mapped

const pageOf = (apply: Apply): Mapper => ({
  one: apply,
  apply: async (record, context) => apply(record, context ?? {}),
  applyAll: async (records, contextOf) => records.map((record, i) => apply(record, contextOf?.(record, i) ?? {})),
})

/** Version 1: a new record with nothing but what the rules write. */
function compileRules(rules: readonly { readonly extract: string; readonly generate: string }[]): Apply {
  const compiled = rules.map(({ extract, generate }) => {
    try {
      return { generate, ...compileCopy(extract, generate, (from) => ({ ...(isPlainObject(from) ? from : undefined), record: from })) }
    } catch (error) {
      if (error instanceof PathError || error instanceof TemplateError) throw broken(`The rule for "${generate}": ${error.message}`)
      throw error
    }
  })
  return (record) => {
    const failures: Failure[] = []
    const made = new WeakSet<object>()
    let into: unknown = undefined
    for (const rule of compiled) {
      try {
        into = rule.write(into, rule.read(record), made)
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
        failures.push({ source, code: 'transform_failed', message: `Cannot transform the field "${rule.generate}": ${error.message}` })
      }
    }
    return failures.length === 0 ? { ok: true, value: into ?? {} } : { ok: false, failures }
  }
}

/** Mode `modify`: what the mappings write goes over the record, field by field within objects. */
function overRecord(mapper: Mapper): Mapper {
  const over = (record: FlowRecord, mapped: Mapped): Mapped => (mapped.ok ? { ok: true, value: merged(record, mapped.value) } : mapped)
  return {
    one(record, context, answers) {
      const mapped = mapper.one(record, context, answers)
      return mapped && over(record, mapped)
    },
    apply: async (record, context) => over(record, await mapper.apply(record, context)),
    applyAll: async (records, contextOf) =>
      (await mapper.applyAll(records, contextOf)).map((mapped, i) => over(records[i] as FlowRecord, mapped)),
  }
}

function merged(below: unknown, above: unknown): unknown {
  if (!isPlainObject(below) || !isPlainObject(above)) return above
  const result: PlainObject = { ...below }
  for (const [name, value] of Object.entries(above)) result[name] = Object.hasOwn(below, name) ? merged(below[name], value) : value
  return result
}
