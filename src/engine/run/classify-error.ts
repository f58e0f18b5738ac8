/** Classifies an error, by which people sort hundreds of them and this program tells what passes by itself. The rules are data (error-rules.ts). */
import type { Classification } from '../../contract/operations/flows/flow-errors.ts'
import type { Failure } from '../adaptor.ts'
import { listRules, otherwise, type Rule } from './error-rules.ts'

/** Characters of a message that are looked at: what is wrong is said first, and patterns take their time over long texts. */
const maxLooked = 2000

export function classifyError({ source, code, message }: Pick<Failure, 'source' | 'code' | 'message'>): Classification {
  const said = `${code.replaceAll('_', ' ')}: ${message}`.slice(0, maxLooked)
  const fits = ({ codes, says, sources }: Rule): boolean =>
    (codes?.has(code) ?? true) && (says?.test(said) ?? true) && (sources?.has(source) ?? true)
  return listRules(code).find(fits)?.is ?? otherwise.find(fits)?.is ?? 'value'
}

/** Whether the same may well succeed later. */
export const passes = (classification: Classification | undefined): boolean =>
  classification === 'intermittent' || classification === 'rate_limit'
