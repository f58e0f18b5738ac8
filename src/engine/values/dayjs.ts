/** dayjs with the plugins that Moment's formats and time zones need. */
import type Dayjs from 'dayjs'
// What the plugins add to its types.
import type {} from 'dayjs/plugin/dayOfYear.js'
import type {} from 'dayjs/plugin/isoWeek.js'
import type {} from 'dayjs/plugin/quarterOfYear.js'
import type {} from 'dayjs/plugin/timezone.js'
import type {} from 'dayjs/plugin/utc.js'
import { lazyLoad } from '../../domain/lazy-load.ts'

const plugins = [
  'utc',
  'timezone',
  'customParseFormat',
  'advancedFormat',
  'localizedFormat',
  'weekOfYear',
  'weekYear',
  'isoWeek',
  'dayOfYear',
  'quarterOfYear',
]
const library = lazyLoad<typeof Dayjs>('dayjs')
let extended = false

export function dayjs(): typeof Dayjs {
  const found = library()
  if (!extended) for (const name of plugins) found.extend(lazyLoad<Dayjs.PluginFunc>(`dayjs/plugin/${name}.js`)())
  extended = true
  return found
}
