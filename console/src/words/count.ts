/** A number of things: `1 flow`, `12,300 flows`. */
import { formatCount } from '../parts/time.tsx'

export const count = (n: number, one: string, many = `${one}s`): string => `${formatCount(n)} ${n === 1 ? one : many}`
