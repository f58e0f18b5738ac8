/**
 * Which stages are so cheap that the server evaluates them itself: their cost has a bound that can be told from their text, and no helper of a template, no
 * pattern and no filter of a JSON path is in them. It is the number of values they read at the worst, for each value of a record.
 */
import type { Mapping } from '../../contract/shared/mapping.ts'
import { compileJsonPath, isJsonPath } from '../values/json-path.ts'
import { isTemplate } from '../template/template.ts'
import { cheapWork, quicklyRead, smallStage } from './bounds.ts'
import { listFieldsOfTemplates } from './simple-templates.ts'
import type { Stage } from './stage.ts'

const never = Number.POSITIVE_INFINITY
/** A path with `[*]` goes over the values below it, up to 20 times (values/json-path.ts). */
const spread = 20
/** A date that is read and written in a format and a zone takes as long as reading this many values. */
const dated = 500
/** Characters of a text that count as a value. */
const perValue = 16

/** Values that a stage reads for each value of a record; infinite where that cannot be told. */
export function estimateWeight(stage: Stage): number {
  if (stage.kind === 'xml' || stage.kind === 'xmlDocument' || stage.kind === 'schema') return never
  const json = JSON.stringify(stage)
  if (json.length > smallStage) return never
  return templatesWeight(stage, json) + weightWithoutTemplates(stage)
}

/** Of what its templates read: a value of the record each, or of what surrounds it, which is looked at here. */
function templatesWeight(stage: Stage, json: string): number {
  if (!isTemplate(json)) return 0
  const fields = listFieldsOfTemplates(json)
  if (!fields) return never
  const surroundings = 'shared' in stage ? stage.shared : 'surroundings' in stage ? stage.surroundings : {}
  return fields.reduce((sum, names) => sum + measureSize([readOwn(surroundings, names)], cheapWork), 0)
}

const readOwn = (from: unknown, names: readonly string[]): unknown =>
  names.reduce((value, name) => (Object.hasOwn(Object(value), name) ? (value as Record<string, unknown>)[name] : undefined), from)

function weightWithoutTemplates(stage: Exclude<Stage, { readonly kind: 'xml' | 'xmlDocument' | 'schema' }>): number {
  if (stage.kind === 'texts' || stage.kind === 'statement') return 1
  if (stage.kind === 'filter') return rulesWeight(stage.filter.expression?.rules)
  if (stage.kind === 'routes') return stage.branches.reduce((sum, { rules }) => sum + rulesWeight(rules), 0)
  if (stage.kind === 'transform') {
    const { rules, rulesTwoDotZero } = stage.transform.expression ?? {}
    return 1 + copiesWeight((rules ?? []).flat()) + mappingsWeight(rulesTwoDotZero?.mappings ?? [])
  }
  if (stage.kind === 'mapping' || stage.kind === 'lookedMapping') {
    const { fields = [], lists = [] } = stage.mapping ?? {}
    if (lists.length > 0 || [...fields].some(hasDate)) return never
    return 1 + copiesWeight(fields) + mappingsWeight(stage.mappings ?? [])
  }
  if (stage.kind === 'responseMapping') return stage.mapping.lists?.length ? never : 1 + copiesWeight(stage.mapping.fields ?? [])
  // The key that is made without a template goes over the record once, sorted.
  return 5
}

/** Whether templates are so short that reading them costs less than asking a process to. What they make of a record has no such bound. */
export function isQuicklyRead(stage: Stage): boolean {
  if (stage.kind === 'traceKey') return (stage.template ?? '').length <= quicklyRead
  if (stage.kind === 'statement') return stage.template.length <= quicklyRead
  return stage.kind === 'texts' && stage.texts.reduce((sum, { template }) => sum + template.length, 0) <= quicklyRead
}

/** Each word goes over what it reads once, and what it reads is part of the record. */
function rulesWeight(rules: unknown): number {
  if (!Array.isArray(rules)) return 1
  if (rules[0] === 'matches') return never
  return rules.reduce<number>((sum, rule) => sum + (typeof rule === 'string' && rule.includes('*') ? spread : rulesWeight(rule)), 1)
}

type Copy = { readonly extract?: string | null; readonly generate?: string | null }

/** An index that is written fills the list up to it. */
const copiesWeight = (copies: readonly Copy[]): number =>
  copies.reduce(
    (sum, { extract, generate }) =>
      sum + pathWeight(extract ?? '') + (/\[\d{3,}/.test(generate ?? '') ? never : pathWeight(generate ?? '')),
    0,
  )

const pathWeight = (path: string): number => (path.includes('*') ? spread : 1)

const hasDate = (each: object): boolean => Object.keys(each).some((name) => /Date(?:Format|Timezone)$/.test(name))

function mappingsWeight(mappings: readonly Mapping[]): number {
  return mappings.reduce((sum, mapping) => {
    // Lists that are made entry by entry copy what is around each entry.
    if (mapping.buildArrayHelper?.length) return never
    const own = extractWeight(mapping.extract) * (hasDate(mapping) ? dated : 1)
    return sum + own + mappingsWeight(mapping.mappings ?? [])
  }, 0)
}

function extractWeight(extract: string | undefined): number {
  if (extract === undefined || !isJsonPath(extract)) return 1
  try {
    const { steps } = compileJsonPath(extract)
    return steps ? (steps.some((step) => 'all' in step) ? spread : steps.length + 1) : never
  } catch {
    // It is refused where it is compiled, and that is soon.
    return 1
  }
}

/** Values in a page, counted no further than `most`. */
export function measureSize(inputs: readonly unknown[], most: number): number {
  const left: unknown[] = [...inputs]
  let size = 0
  while (left.length > 0 && size <= most) {
    const value = left.pop()
    size++
    if (typeof value === 'string') size += value.length / perValue
    else if (Array.isArray(value)) {
      if (value.length > most) return most + 1
      for (const each of value as unknown[]) left.push(each)
    } else if (typeof value === 'object' && value !== null) {
      for (const name in value) left.push((value as Record<string, unknown>)[name])
    }
  }
  return size
}
