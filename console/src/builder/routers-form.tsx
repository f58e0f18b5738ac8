/** The branchings of an API or a tool: how records part, what each branch takes, where it leads, and its steps. */
import type { ReactNode } from 'react'
import { Button } from '../parts/button.tsx'
import { builderWords } from '../words/builder.ts'
import { rowWords } from '../words/rows.ts'
import { addRouter, changeBranch, newRouterId, type Branch, type Flow, type Place, type Router } from './flow-edits.ts'
import { RouterPanel } from './router-panel.tsx'

type Steps = readonly unknown[] | undefined

interface RoutersFormProps {
  readonly routers: readonly unknown[]
  /** What branches name as the end. */
  readonly endsAt: string
  /** The API or the tool that they are of. */
  readonly document: Readonly<Record<string, unknown>>
  readonly onChange: (routers: readonly unknown[]) => void
  readonly drawSteps: (label: string, router: number, branch: number, steps: unknown, onChange: (steps: Steps) => void) => ReactNode
}

const words = builderWords.router

/** Edits of flows are those of any graph of routers. */
const asFlow = (routers: readonly unknown[]): Flow => ({ routers }) as unknown as Flow

/** Steps in one way are a router of one branch here. */
function toRouters({ routers, pageProcessors = [] }: Flow, endsAt: string): readonly unknown[] {
  if (!routers) return [{ id: 'steps', branches: [{ name: words.onlyBranch, pageProcessors, nextRouterId: endsAt }] }]
  return routers.map((router) => ({ ...router, branches: router.branches.map((branch) => ({ nextRouterId: endsAt, ...branch })) }))
}

/** Parts the records after the last step of a branch. */
export function addBranching(routers: readonly unknown[], endsAt: string, router = 0, branch = 0): readonly unknown[] {
  const flow = asFlow(routers)
  const index = flow.routers?.[router]?.branches[branch]?.pageProcessors?.length ?? 0
  const at: Place = { list: { of: 'branch', router, branch }, index }
  return toRouters(addRouter(flow, at, { id: newRouterId(), names: [words.branch(1), words.branch(2)], before: '' }), endsAt)
}

export function RoutersForm({ routers, endsAt, document: { _id, _integrationId }, onChange, drawSteps }: RoutersFormProps) {
  const flow = asFlow(routers)
  const edit = (change: (flow: Flow) => Flow) => onChange(toRouters(change(flow), endsAt))
  const nameOf = ({ name }: Branch, place: number): string => name || words.branch(place + 1)
  const titleOf = ({ name, id }: Router, r: number): string => rowWords.router(name ?? id ?? String(r + 1))
  return flow.routers?.map((router, r) => (
    // oxlint-disable-next-line react/no-array-index-key -- routers are their places here
    <section key={r} className="form-group" aria-label={titleOf(router, r)}>
      <h4>{titleOf(router, r)}</h4>
      <RouterPanel
        flow={flow}
        index={r}
        endsAt={endsAt}
        sample={undefined}
        context={{
          collection: 'flows',
          kind: 'import',
          document: { routers, ...(_integrationId !== undefined && { _integrationId }) },
          connectionId: undefined,
          flowId: undefined,
          integrationId: undefined,
          // One that is not stored yet has none.
          ...(_id !== undefined && { owner: { [endsAt === 'apiRouter' ? '_apiId' : '_toolId']: _id } }),
          isReadOnly: false,
        }}
        onChange={edit}
        onClose={() => {}}
        drawSteps={(branch, b) => (
          <>
            {drawSteps(rowWords.stepsOf(nameOf(branch, b)), r, b, branch.pageProcessors, (steps = []) =>
              edit((now) => changeBranch(now, r, b, (each) => ({ ...each, pageProcessors: steps as Branch['pageProcessors'] }) as Branch)),
            )}
            {(branch.nextRouterId ?? endsAt) === endsAt && (
              <div>
                <Button icon="branch" onClick={() => onChange(addBranching(routers, endsAt, r, b))}>
                  {rowWords.branchingAfter(nameOf(branch, b))}
                </Button>
              </div>
            )}
          </>
        )}
      />
    </section>
  ))
}
