/** The rows that a revision reads and writes: while it is reviewed, drafted, carried out and applied. */
import type { DocumentRows } from '../documents/save-document.ts'
import type { RowsOf } from '../ports/store.ts'

/** Of an open revision: its plan, and what is to be said of it. */
export type ReviewRows = RowsOf<'dependencies' | 'documents' | 'revisions' | 'snapshots'>

/** Of one that is being asked for: how the integrations at work are related, and what they had in common. */
export type DraftRows = ReviewRows & RowsOf<'clones' | 'files'>

/** Of one whose plan is carried out. */
export type ExecuteRows = DocumentRows & RowsOf<'files' | 'revisions' | 'snapshots'>

/** The same for one that is looked at once more before it is. */
export type ApplyRows = ExecuteRows & ReviewRows
