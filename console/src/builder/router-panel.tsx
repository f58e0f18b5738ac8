/** The panel of a branching: how records part, and its branches with their names and filters. */
import type { ReactNode } from 'react'
import { Button, IconButton } from '../parts/button.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { TextField } from '../parts/field.tsx'
import { builderWords } from '../words/builder.ts'
import { flowWords } from '../words/flows.ts'
import {
  addBranch,
  changeBranch,
  changeRouter,
  moveBranch,
  removeBranch,
  removeRouter,
  type Branch,
  type Flow,
  type Router,
} from './flow-edits.ts'
import type { PartContext } from './part-editor.ts'
import { PartButton } from './part-list.tsx'

const words = builderWords.router

interface RouterPanelProps {
  readonly flow: Flow
  readonly index: number
  readonly sample: readonly unknown[] | undefined
  readonly context: Omit<PartContext, 'setBeside'>
  readonly onChange: (change: (flow: Flow) => Flow, name?: string) => void
  readonly onClose: () => void
  /** Of an API or a tool, where a record takes one branch: what branches name as the end. */
  readonly endsAt?: string
  /** The steps of a branch, where no graph shows them. */
  readonly drawSteps?: (branch: Branch, place: number) => ReactNode
}

const optionsOf = (labels: Readonly<Record<string, string>>) => Object.entries(labels).map(([value, label]) => ({ value, label }))

export function RouterPanel({ flow, index, sample, context, onChange, onClose, endsAt, drawSteps }: RouterPanelProps) {
  const router = flow.routers?.[index]
  if (!router) return null
  const change = (changes: Partial<Router>, name: string) =>
    onChange((now) => changeRouter(now, index, (each) => ({ ...each, ...changes })), `router ${index} ${name}`)
  const isScript = router.routeRecordsUsing === 'script'
  const setScript = (value: unknown) =>
    onChange((now) =>
      changeRouter(now, index, ({ script: _before, ...others }) => ({
        ...others,
        ...(value !== undefined && { script: value as NonNullable<Router['script']> }),
      })),
    )
  return (
    <div className="panel-part">
      <TextField label={words.name} value={router.name ?? ''} onChange={(event) => change({ name: event.target.value }, 'name')} />
      {endsAt === undefined && (
        <FieldControl
          label={words.to}
          kind="select"
          isRequired
          value={router.routeRecordsTo ?? 'first_matching_branch'}
          options={optionsOf(words.tos)}
          onChange={(value) => change({ routeRecordsTo: value as NonNullable<Router['routeRecordsTo']> }, 'to')}
        />
      )}
      <FieldControl
        label={words.using}
        kind="select"
        isRequired
        value={router.routeRecordsUsing ?? 'input_filters'}
        options={optionsOf(words.usings)}
        onChange={(value) => change({ routeRecordsUsing: value as NonNullable<Router['routeRecordsUsing']> }, 'using')}
      />
      {isScript && (
        <div className="branch-filter">
          <span className="soft">{router.script?.function ? words.decides(router.script.function) : words.noScript}</span>
          <PartButton part={{ name: 'branchScript', value: router.script, onChange: setScript }} sample={sample} context={context} />
        </div>
      )}
      <section className="form-group step-group" aria-label={words.branches}>
        <h3>{words.branches}</h3>
        <ol className="branches">
          {router.branches.map((branch, b) => (
            // oxlint-disable-next-line react/no-array-index-key -- a branch is its place: names are being typed
            <li key={b}>
              <BranchForm {...{ flow, router, branch, index, place: b, sample, context, onChange, endsAt, hasFilter: !isScript }} />
              {drawSteps?.(branch, b)}
            </li>
          ))}
        </ol>
        <div>
          <Button icon="plus" onClick={() => onChange((now) => addBranch(now, index, words.branch(router.branches.length + 1)))}>
            {words.add}
          </Button>
        </div>
      </section>
      <div className="panel-foot">
        <Button
          icon="bin"
          onClick={() => {
            onChange((now) => removeRouter(now, index))
            onClose()
          }}
        >
          {words.removeAll}
        </Button>
        <span className="hint">{words.removeHint}</span>
      </div>
    </div>
  )
}

interface BranchFormProps extends Omit<RouterPanelProps, 'onClose' | 'endsAt' | 'drawSteps'> {
  readonly endsAt: string | undefined
  readonly router: Router
  readonly branch: Branch
  readonly place: number
  readonly hasFilter: boolean
}

function BranchForm({ flow, router, branch, index, place, sample, context, onChange, endsAt, hasFilter }: BranchFormProps) {
  const change = (changes: Partial<Branch>, name: string) =>
    onChange((now) => changeBranch(now, index, place, (each) => ({ ...each, ...changes })), `branch ${index} ${place} ${name}`)
  const name = branch.name || words.branch(place + 1)
  const rules = branch.inputFilter?.rules ?? []
  const setNext = (id: string) =>
    onChange((now) =>
      changeBranch(now, index, place, ({ nextRouterId: _before, ...others }) => {
        const next = id === '' ? endsAt : id
        return { ...others, ...(next !== undefined && { nextRouterId: next }) }
      }),
    )
  const setFilter = (value: unknown) =>
    onChange((now) =>
      changeBranch(now, index, place, ({ inputFilter: _before, ...others }) => ({
        ...others,
        ...(value !== undefined && { inputFilter: value as NonNullable<Branch['inputFilter']> }),
      })),
    )
  return (
    <>
      <div className="branch-head">
        <TextField
          label={words.branchName(place + 1)}
          value={branch.name}
          onChange={(event) => change({ name: event.target.value }, 'name')}
        />
        <IconButton
          icon="up"
          label={words.earlier(name)}
          disabled={place === 0}
          onClick={() => onChange((now) => moveBranch(now, index, place, place - 1))}
        />
        <IconButton
          icon="down"
          label={words.later(name)}
          disabled={place === router.branches.length - 1}
          onClick={() => onChange((now) => moveBranch(now, index, place, place + 1))}
        />
        <IconButton
          icon="cross"
          label={words.remove(name)}
          disabled={router.branches.length === 1}
          onClick={() => onChange((now) => removeBranch(now, index, place))}
        />
      </div>
      {hasFilter && (
        <div className="branch-filter">
          <span className="soft">{rules.length > 0 ? words.some : words.all}</span>
          <PartButton
            part={{ name: 'branchFilter', value: branch.inputFilter, onChange: setFilter, label: words.filterOf(name) }}
            sample={sample}
            context={context}
          />
        </div>
      )}
      <NextRouter flow={flow} router={router} branch={branch} name={name} endsAt={endsAt} onChange={setNext} />
    </>
  )
}

/** Where records go after the last step of a branch: to another branching that lies further on, or nowhere. */
function NextRouter({
  flow,
  router,
  branch,
  name,
  endsAt,
  onChange,
}: Pick<BranchFormProps, 'flow' | 'router' | 'branch' | 'endsAt'> & { readonly name: string; readonly onChange: (id: string) => void }) {
  const before = new Set(findBefore(flow, router.id))
  const others = (flow.routers ?? []).filter(({ id }) => id !== undefined && id !== router.id && !before.has(id))
  if (others.length === 0) return null
  return (
    <FieldControl
      label={words.goOn(name)}
      kind="select"
      value={branch.nextRouterId === endsAt ? '' : (branch.nextRouterId ?? '')}
      none={words.end}
      options={others.map(({ id = '', name: text }, i) => ({ value: id, label: text ?? `${flowWords.router} ${i + 1}` }))}
      onChange={(value) => onChange(typeof value === 'string' ? value : '')}
    />
  )
}

/** The routers that lead to this one: records do not go back. */
function findBefore(flow: Flow, id: string | undefined): readonly string[] {
  const routers = flow.routers ?? []
  const found = new Set<string>()
  for (let size = -1; size !== found.size;) {
    size = found.size
    for (const { id: own, branches, nextRouterId } of routers)
      if (own !== undefined && branches.some((branch) => [id, ...found].includes(branch.nextRouterId ?? nextRouterId))) found.add(own)
  }
  return [...found]
}
