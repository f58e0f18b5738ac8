/** Tells one state of a document from another, so that two editors do not overwrite each other (RFC 9110, `ETag` and `If-Match`). */
import { hash } from 'node:crypto'
import { DomainError } from './errors.ts'

/** The same that the store makes of a stored document. It tells states apart and keeps no secret, so a short hash will do. */
export const computeEtag = (text: string): string => hash('md5', text)

/** Refuses a change of a document that is another by now than the caller knows. Weak tags match as well: a proxy that compresses makes them so. */
export function checkIfMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || matchesEtag(ifMatch, etag)) return
  throw new DomainError(
    'precondition_failed',
    'The document has changed since it was read: it is not the one that If-Match names. Read it again.',
  )
}

export const matchesEtag = (header: string, etag: string): boolean =>
  header.split(',').some((each) =>
    ['*', etag].includes(
      each
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    ),
  )
