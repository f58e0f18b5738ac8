/** The export as a lookup in the middle of a flow: a statement for each record, and all rows that it finds in one envelope. */
import { type ExportDoc, type FlowRecord, type Outcome, type Told } from '../../../adaptor.ts'
import { createLane, makeTogether, mapInLane } from '../../../around/lane.ts'
import { groupRecords } from '../../../formats/group-records.ts'
import { maxPageBytes } from '../../../formats/page-bounds.ts'
import { listChildren, toChildRecord } from '../../../values/one-to-many-children.ts'
import { lookUpEach } from '../../look-up-each.ts'
import { ask, type Asked } from '../ask.ts'
import { makeStatement } from '../statements.ts'
import { tooLarge, type Source } from './source.ts'

/** One outcome a record. Every failure of a lookup is its record's own: another record may well find something. */
export async function runLookups(source: Source, doc: ExportDoc, records: readonly FlowRecord[], told?: Told): Promise<Outcome[]> {
  const { lane, client, query } = source
  const statementOf = makeTogether(records, lane.level, (record) => makeStatement(query, { record }))
  const lookUp = async (record: FlowRecord, index: number): Promise<readonly FlowRecord[]> => {
    const asked: Asked = {
      yields: told?.aheadUntil,
      ...(told?.exchanged && { exchanged: (exchange) => told.exchanged?.([index], exchange) }),
    }
    const find = async (make: Promise<Parameters<typeof ask>[1]>): Promise<FlowRecord[]> => {
      const { rows, bytes } = await ask(client, await make, asked)
      told?.received(bytes)
      if (bytes > maxPageBytes) throw tooLarge(`The lookup found more than ${maxPageBytes / 1024 / 1024} MB for one record.`)
      return grouped(source, rows as readonly FlowRecord[])
    }
    // `oneToMany`: the elements at `pathToMany` ask, each seeing the record it comes from as `_PARENT`; what they find is one list.
    const children = listChildren(doc, record)
    if (!children) return find(statementOf(index))
    const found = await mapInLane(createLane(lane.level), children, (child) =>
      find(makeStatement(query, { record: toChildRecord(child, record) })),
    )
    return found.flat()
  }
  return lookUpEach(lane, records, lookUp, told)
}

const grouped = ({ grouping }: Source, rows: readonly FlowRecord[]): FlowRecord[] => (grouping ? groupRecords(rows, grouping) : [...rows])
