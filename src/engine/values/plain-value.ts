/** Questions about JSON values that every step asks: is it an object, is it empty, what does it say as text. */
import { isExact } from '../../domain/limits/exact-number.ts'

export type PlainObject = Record<string, unknown>

export const isPlainObject = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date) && !isExact(value)

/** What integrator.io's mapper calls empty: nothing there, null, an empty string, an empty list. Zero and false are values. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** As text: lists of plain values with commas, whatever holds objects as JSON. Absent and null are the empty text. */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (isExact(value)) return value.digits
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null || isExact(item)))
    return value.map(toText).join(',')
  return JSON.stringify(value) ?? ''
}

/** A value for an error message: short, and with the quotes that tell "1" from 1. Bounded, because errors are stored and shown in lists. */
export function formatValue(value: unknown, bound = 60): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > bound ? `${text.slice(0, bound)}…` : text
}

/** Fields of records may be called anything; this one name would replace an object's prototype instead of adding a field. */
export const isForbiddenName = (name: string): boolean => name === '__proto__'
