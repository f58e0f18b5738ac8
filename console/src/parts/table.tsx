/** Tables: columns as data, rows of one height, and only those drawn that are in sight once there are many. */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { Icon } from './icon.tsx'

export interface Column<Row> {
  readonly id: string
  readonly heading: string
  readonly cell: (row: Row) => ReactNode
  /** As CSS writes it; what is left is shared by those without. */
  readonly width?: string
  readonly isNumber?: boolean
  /** The column can be sorted by. */
  readonly sorts?: boolean
  /** The heading is read aloud only. */
  readonly hidesHeading?: boolean
}

interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly sort?: string
  readonly onSort?: (sort: string) => void
  readonly isChosen?: (row: Row) => boolean
  readonly onOpen?: (row: Row) => void
  /** The end is in sight: more rows are wanted. */
  readonly onEnd?: () => void
}

/** Pixels. The style sheet says the same. */
const rowHeight = 40
/** Tables up to here are drawn whole: the browser finds text in them, and there is nothing to gain. */
const drawnWhole = 200
/** Rows that are drawn beyond what is in sight. */
const overscan = 12
/** How far below what is in sight the end is when more rows are wanted: a hundred of them. Pixels. */
const nearEnd = 4000

export function Table<Row>({ label, columns, rows, keyOf, sort = '', onSort, isChosen, onOpen, onEnd }: TableProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [])
  const isVirtual = rows.length > drawnWhole
  const virtual = useWindowVirtualizer({
    count: isVirtual ? rows.length : 0,
    estimateSize: () => rowHeight,
    overscan,
    scrollMargin: offset,
  })
  const shown = virtual.getVirtualItems()
  const first = isVirtual ? (shown[0]?.index ?? 0) : 0
  const last = isVirtual ? (shown.at(-1)?.index ?? -1) + 1 : rows.length
  const end = useEnd(rows.length, onEnd)
  return (
    <div className="table-room">
      <table className="table" aria-label={label} aria-rowcount={rows.length + 1}>
        <colgroup>
          {columns.map(({ id, width }) => (
            <col key={id} style={width ? { width } : undefined} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.id} column={column as Column<unknown>} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {first > 0 && <Gap rows={first} columns={columns.length} />}
          {rows.slice(first, last).map((row, i) => (
            <tr
              key={keyOf(row)}
              aria-rowindex={first + i + 2}
              aria-selected={isChosen?.(row) || undefined}
              {...(onOpen && { className: 'opens', onClick: (event) => isPlainClick(event) && onOpen(row) })}
            >
              {columns.map(({ id, cell, isNumber }) => (
                <td key={id} className={isNumber ? 'number' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {last < rows.length && <Gap rows={rows.length - last} columns={columns.length} />}
        </tbody>
      </table>
      {onEnd && <div ref={end} />}
    </div>
  )
}

/** For the element after the last row: few rows that are drawn whole have more after them, too. */
function useEnd(count: number, onEnd: (() => void) | undefined) {
  const end = useRef<HTMLDivElement>(null)
  const readMore = useRef(onEnd)
  useEffect(() => {
    readMore.current = onEnd
  })
  useEffect(() => {
    if (!end.current) return undefined
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && readMore.current?.(), { rootMargin: `${nearEnd}px` })
    watch.observe(end.current)
    return () => watch.disconnect()
  }, [count])
  return end
}

/** A click on a link, a button or a box in the row is meant for that; one in a menu or a dialog that was opened from it lies elsewhere on the page. */
const isPlainClick = ({ target, currentTarget }: React.MouseEvent): boolean =>
  currentTarget.contains(target as Element) && !(target as Element).closest('a, button, input, label')

const Gap = ({ rows, columns }: { readonly rows: number; readonly columns: number }) => (
  <tr aria-hidden="true" className="gap">
    <td colSpan={columns} style={{ height: rows * rowHeight }} />
  </tr>
)

interface HeadingProps {
  readonly column: Column<unknown>
  readonly sort: string
  readonly onSort: ((sort: string) => void) | undefined
}

/** `name` sorts upwards, `-name` downwards. */
function Heading({ column: { id, heading, isNumber, sorts, hidesHeading }, sort, onSort }: HeadingProps) {
  const isUp = sort === id
  const isDown = sort === `-${id}`
  return (
    <th scope="col" className={isNumber ? 'number' : undefined} aria-sort={isUp ? 'ascending' : isDown ? 'descending' : undefined}>
      {sorts && onSort ? (
        <button
          type="button"
          className={isUp ? 'sort up' : 'sort'}
          onClick={() => onSort(isDown ? id : isUp ? `-${id}` : isNumber ? `-${id}` : id)}
        >
          {heading}
          {(isUp || isDown) && <Icon name="down" size={12} />}
        </button>
      ) : (
        <span className={hidesHeading ? 'hidden' : undefined}>{heading}</span>
      )}
    </th>
  )
}
