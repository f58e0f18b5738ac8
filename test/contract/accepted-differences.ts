/** Differences from the documented contract that are meant, each with its reason. One that explains nothing any more fails the test. */
import { notThereYet } from '../conformance/not-there-yet.ts'
import type { Difference } from './openapi-differences.ts'

interface Accepted {
  /** Fits the place of the difference. */
  readonly at: RegExp
  /** And the words that differ are these. */
  readonly words?: readonly string[]
  readonly reason: string
}

const accepted: readonly Accepted[] = [
  {
    at: /^(?:POST|PUT|GET) \/v1\/integrations(?:\/\{_id\})?(?:\/clone)? (?:body|20\d) (?:\[\]\.)?name$/,
    reason: 'An integration without a name is refused as one whose name is missing: an empty name tells nobody anything.',
  },
  {
    at: /(?:settingsForm\.init|preSave)\._scriptId$/,
    reason: 'It is the id of a script, and is checked as every other reference; the documentation gives it no format.',
  },
  {
    at: / body _(?:source|connector)Id$/,
    words: ['readOnly'],
    reason:
      'Documented as system-assigned, and as read-only in answers: what a client says of it is ignored, so it is said to be read-only.',
  },
  {
    at: / 20\d /,
    words: ['required'],
    reason: 'Always answered, so said to be; the documentation leaves it open.',
  },
  {
    at: / 20\d /,
    words: ['readOnly'],
    reason: 'No client sets it, so it is said to be read-only; in an answer that makes no difference.',
  },
  {
    at: / 20\d /,
    words: ['readOnly', 'required'],
    reason: 'Always answered, and no client sets it.',
  },
  {
    at: /\/ashares 200 \[\]\.accessLevel$/,
    reason: 'The three levels that the description names are said to be all, and it is always answered.',
  },
  {
    at: / 20\d /,
    words: ['open'],
    reason: 'In an answer a schema that does not close itself is open all the same.',
  },
  {
    at: /\/diff 200$/,
    words: ['type'],
    reason: 'An object as documented; a list of changes with `?format=changes`, which is an addition.',
  },
]

const fits = ({ at, words }: Accepted, difference: Difference): boolean =>
  at.test(difference.at) && (words === undefined || words.toSorted().join() === difference.words?.toSorted().join())

export const reasonFor = (difference: Difference): string | undefined =>
  difference.served === 'nothing' && notThereYet.has(difference.documented)
    ? 'Not there yet.'
    : accepted.find((each) => fits(each, difference))?.reason

export const explainsNothing = (differences: readonly Difference[]): string[] =>
  accepted.filter((each) => !differences.some((difference) => fits(each, difference))).map(({ reason }) => reason)
