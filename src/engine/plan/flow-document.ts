/** The parts of a flow document that are compiled. */
import type { Run } from '../adaptor.ts'

export type Flow = NonNullable<Run['flow']>

export type Processor = NonNullable<Flow['pageProcessors']>[number]

export type RouterDoc = NonNullable<Flow['routers']>[number]
