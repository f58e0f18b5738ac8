/** The steps of an API or a tool: a list of them, or branchings with the steps of their branches. */
import { isObject } from '../../../src/contract/is-object.ts'
import { lazy, Suspense, type ReactNode } from 'react'
import { rowWords as words } from '../words/rows.ts'
import { Button } from './button.tsx'
import { RowsControl, type Row } from './rows-control.tsx'
import { Loading } from './states.tsx'

const RoutersForm = lazy(async () => ({ default: (await import('../builder/routers-form.tsx')).RoutersForm }))

interface StepsControlProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly isReadOnly: boolean
  readonly value: unknown
  /** Where records go after the last branch. */
  readonly endsAt: string
  /** The whole document that they are of. */
  readonly document: Row
  readonly onChange: (value: unknown) => void
  /** `at` is the path of the step within the value. */
  readonly draw: (step: Row, onChange: (step: Row) => void, at: string) => ReactNode
}

export const listOf = (value: unknown): readonly Row[] => (Array.isArray(value) ? value.filter(isObject) : [])

const branchAt = (router: number, branch: number): string => `${router}.branches.${branch}.pageProcessors`

/** Every step of every branch, with its path within the routers. */
export const listSteps = (routers: unknown): readonly (readonly [at: string, step: Row])[] =>
  listOf(routers).flatMap(({ branches }, r) =>
    listOf(branches).flatMap(({ pageProcessors }, b) =>
      listOf(pageProcessors).map((step, place) => [`${branchAt(r, b)}.${place}`, step] as const),
    ),
  )

/** As people call it, else its place. */
const nameOf = ({ name, id }: Row, place: number): string => [name, id].find((each) => typeof each === 'string') ?? String(place + 1)

export function StepsControl({ label, hint, error, isReadOnly, value, endsAt, document, onChange, draw }: StepsControlProps) {
  const routers = listOf(value)
  const begin = (steps: readonly unknown[] | undefined): readonly Row[] => [
    { id: 'steps', branches: [{ name: 'All', pageProcessors: steps ?? [], nextRouterId: endsAt }] },
  ]
  const steps = (
    ofBranch: string,
    at: string,
    pageProcessors: unknown,
    set: (next: readonly unknown[] | undefined) => void,
    about: { readonly hint?: string | undefined; readonly error?: string | undefined } = {},
  ) => (
    <RowsControl
      key={ofBranch}
      label={ofBranch}
      addLabel={words.addStep}
      start={{ type: 'export' }}
      isReadOnly={isReadOnly}
      value={pageProcessors}
      onChange={set}
      draw={(step, change, place) => draw(step, change, `${at}.${place}`)}
      {...about}
    />
  )
  const setBranch = (r: number, b: number, pageProcessors: readonly unknown[] = []) =>
    onChange(
      routers.map((router, i) =>
        i === r
          ? { ...router, branches: listOf(router['branches']).map((branch, j) => (j === b ? { ...branch, pageProcessors } : branch)) }
          : router,
      ),
    )
  const part = async () => onChange((await import('../builder/routers-form.tsx')).addBranching(routers, endsAt))
  const [only, ...more] = routers
  const branchesOfOnly = listOf(only?.['branches'])
  if (!only) return steps(label, branchAt(0, 0), [], (next) => onChange(begin(next)), { hint, error })
  if (more.length === 0 && branchesOfOnly.length === 1)
    return (
      <>
        {steps(label, branchAt(0, 0), branchesOfOnly[0]?.['pageProcessors'], (next) => setBranch(0, 0, next), { hint, error })}
        {!isReadOnly && (
          <div>
            <Button icon="branch" onClick={() => void part()}>
              {words.addBranching}
            </Button>
          </div>
        )}
      </>
    )
  return (
    <section className="form-group box" aria-label={label}>
      <h3>{label}</h3>
      {hint && <p className="hint">{hint}</p>}
      {!isReadOnly && (
        <Suspense fallback={<Loading lines={3} />}>
          <RoutersForm
            routers={routers}
            endsAt={endsAt}
            document={document}
            onChange={onChange}
            drawSteps={(ofBranch, r, b, pageProcessors, set) => steps(ofBranch, branchAt(r, b), pageProcessors, set)}
          />
        </Suspense>
      )}
      {(isReadOnly ? routers : []).map((router, r) => {
        const branches = listOf(router['branches'])
        const title = words.router(nameOf(router, r))
        return (
          // oxlint-disable-next-line react/no-array-index-key -- routers are their places here
          <div key={r} className="form-group">
            <p>
              <strong>{title}</strong> <span className="soft">{words.branches(branches.length)}</span>
            </p>
            {branches.map((branch, b) =>
              steps(`${title}, ${words.branch(nameOf(branch, b))}`, branchAt(r, b), branch['pageProcessors'], (next) =>
                setBranch(r, b, next),
              ),
            )}
          </div>
        )
      })}
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
    </section>
  )
}
