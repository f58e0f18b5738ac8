/** Errors as a list: read one by one, chosen, all that match too. */
import { useEffect, useRef, useState } from 'react'
import { useErrorFilter, useErrors, useOpenError, type Chosen, type ErrorScope, type StepError } from '../../api/step-errors.ts'
import { useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { errorWords } from '../../words/errors.ts'
import { Button } from '../../parts/button.tsx'
import { Empty, Refusal } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { exactTime } from '../../parts/time.tsx'
import { useUrlState } from '../../url-state.ts'
import { useChoice } from './choice.ts'
import { ChosenBar } from './chosen-bar.tsx'
import { columnsOf, type Shape } from './error-columns.tsx'
import { ErrorDetail } from './error-detail.tsx'
import { useRoom } from './phone.ts'

interface ErrorListProps extends Pick<Shape, 'nameOfFlow' | 'nameOfStep'> {
  readonly scope: ErrorScope
  readonly integrationId: string | undefined
  readonly isResolved: boolean
}

export function ErrorList({ scope, integrationId, isResolved, nameOfFlow, nameOfStep }: ErrorListProps) {
  const filter = useErrorFilter()
  const [sort, setSort] = useUrlState('sort', '-when')
  const list = useErrors(scope, isResolved, filter, sort === 'when' ? 'asc' : 'desc')
  const { errors } = list
  const [openId, setOpenId] = useUrlState('error')
  const choice = useChoice(errors, JSON.stringify({ filter, isResolved }))
  const tags = useLater('listTags', {}).data ?? []
  const may = useMay(integrationId)
  const room = useRoom()
  const listed = errors.find(({ errorId }) => errorId === openId)
  const one = useOpenError(scope, isResolved, openId, listed)
  // What is read or corrected stays open where the list has lost it meanwhile.
  const open = listed ?? one.data ?? undefined
  const opener = useRef<Element>(null)
  const show = ({ errorId }: StepError) => {
    opener.current = document.activeElement
    setOpenId(errorId)
  }
  const close = () => setOpenId('')
  const isOpen = open !== undefined
  useEffect(() => {
    // A keyboard user goes on where the error was opened.
    if (!isOpen && opener.current instanceof HTMLElement) opener.current.focus()
  }, [isOpen])
  const shape: Shape = {
    isResolved,
    room: open === undefined ? room : 0,
    hasTags: errors.some(({ tagIds = [] }) => tagIds.length > 0),
    hasPeople: errors.some(({ assignedTo, resolvedBy }) => assignedTo !== undefined || resolvedBy !== undefined),
    hasFlows: scope._flowId === undefined,
    hasSteps: scope._stepId === undefined,
    nameOfTag: (id) => tags.find(({ tagId }) => tagId === id)?.tag ?? id,
    nameOfFlow,
    nameOfStep,
  }
  const mayChoose = !isResolved && may('resolveErrors')
  const chosen: Chosen = choice.isAll ? { filter } : { errors: choice.errors }
  return (
    <div className={open ? 'split' : ''}>
      <div className="split-list">
        <Refusal error={one.error} />
        {one.data === null && (
          <p className="soft" role="status">
            {errorWords.notAmongThese}
          </p>
        )}
        {errors.length > 0 && mayChoose && (
          <div className="choose-all">
            <label className="inline">
              <input type="checkbox" checked={choice.isEvery} onChange={choice.toggleEvery} />
              {errorWords.chooseShown(errors.length)}
            </label>
            <Button kind="quiet" aria-pressed={choice.isAll} onClick={choice.toggleAll}>
              {errorWords.chooseAll}
            </Button>
            {(choice.isAll || choice.errors.length > 0) && (
              <ChosenBar scope={scope} integrationId={integrationId} chosen={chosen} onDone={choice.clear} />
            )}
          </div>
        )}
        {errors.length > 0 ? (
          <Table
            label={isResolved ? errorWords.resolved : errorWords.open}
            columns={[...(mayChoose ? [chooser(choice)] : []), ...columnsOf(shape, show)]}
            rows={errors}
            keyOf={({ errorId }) => errorId}
            sort={sort}
            onSort={setSort}
            isChosen={({ errorId }) => errorId === openId}
            onOpen={show}
            {...(errors.length >= readsOn && { onEnd: list.readMore })}
          />
        ) : (
          !list.hasMore && <NoErrors isFiltered={Object.keys(filter).length > 0} isResolved={isResolved} />
        )}
        <More key={JSON.stringify(filter)} list={list} />
      </div>
      {open && (
        <ErrorDetail
          key={open.errorId}
          integrationId={integrationId}
          error={open}
          flowName={shape.hasFlows ? nameOfFlow(open._flowId) : undefined}
          stepName={shape.hasSteps ? nameOfStep(open._stepId) : undefined}
          isResolved={isResolved}
          isGone={listed === undefined && !list.hasMore && !list.isFull}
          onClose={close}
        />
      )}
    </div>
  )
}

const chooser = (choice: Pick<ReturnType<typeof useChoice>, 'has' | 'toggle'>): Column<StepError> => ({
  id: 'choose',
  heading: errorWords.choose,
  hidesHeading: true,
  width: '40px',
  cell: ({ errorId, message }) => (
    <input
      type="checkbox"
      aria-label={`${errorWords.choose}: ${message.slice(0, 80)}`}
      checked={choice.has(errorId)}
      onChange={() => choice.toggle(errorId)}
    />
  ),
})

function NoErrors({ isFiltered, isResolved }: { readonly isFiltered: boolean; readonly isResolved: boolean }) {
  if (isFiltered)
    return (
      <Empty icon="search" title={words.states.noMatch}>
        {words.states.noMatchWhy}
      </Empty>
    )
  return (
    <Empty icon="check" title={isResolved ? errorWords.noneResolved : errorWords.none}>
      {isResolved ? errorWords.noneResolvedWhy : errorWords.noneWhy}
    </Empty>
  )
}

/** Rows from which on more are read as they are scrolled to: fewer may be all that there is of them among very many. */
const readsOn = 200
/** Rows that are looked for without anybody asking. */
const lookedFor = 20

/** There is more: where few errors fit, it is looked for further and further back until somebody stops it. */
function More({ list }: { readonly list: ReturnType<typeof useErrors> }) {
  const { errors, hasMore, isFull, isReading, lookedBack, readMore } = list
  const [isStopped, setStopped] = useState(false)
  const goesOn = hasMore && !isReading && !isStopped && errors.length < lookedFor
  useEffect(() => {
    if (goesOn) readMore()
  })
  if (isFull) return <p className="soft">{errorWords.full(errors.length)}</p>
  if (!hasMore) return null
  if (errors.length >= lookedFor)
    return (
      <div className="pager">
        <span className="soft">{errorWords.shown(errors.length)}</span>
        <Button onClick={readMore}>{words.actions.loadMore}</Button>
      </div>
    )
  return (
    <div className="pager">
      <span className="soft" role="status">
        {isStopped ? errorWords.lookedBack(exactTime(lookedBack)) : errorWords.lookingBack}
      </span>
      <Button onClick={() => setStopped(!isStopped)}>{isStopped ? errorWords.lookOn : errorWords.stop}</Button>
    </div>
  )
}
