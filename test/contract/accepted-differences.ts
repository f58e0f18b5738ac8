/** Differences from the documented contract that are meant, each with its reason. One that explains nothing any more fails the test. */
import { notThereYet } from '../conformance/not-there-yet.ts'
import type { Difference } from './openapi-differences.ts'

interface Accepted {
  /** Fits the place of the difference. */
  readonly at: RegExp
  readonly reason: string
}

export const accepted: readonly Accepted[] = [
  {
    at: /^(?:POST|PUT|GET) \/v1\/integrations(?:\/\{_id\})?(?:\/clone)? (?:body|20\d) (?:\[\]\.)?name$/,
    reason: 'An integration without a name is refused as one whose name is missing: an empty name tells nobody anything.',
  },
  {
    at: /(?:settingsForm\.init|preSave)\._scriptId$/,
    reason: 'It is the id of a script, and is checked as every other reference; the documentation gives it no format.',
  },
  {
    at: / 20\d (?:\[\]\.)?(?:createdAt|lastModified)$/,
    reason: 'Always answered, so said to be; the documentation leaves it open.',
  },
  {
    at: / 20\d (?:\[\]\.)?_connectorId$/,
    reason: 'Documented as read-only in answers and as a field of requests: Sluice takes it, so it does not call it read-only.',
  },
  {
    at: /\/tree\/metadata 200 (?:integration|childIntegrations)$/,
    reason: 'Always answered, so said to be; the documentation leaves it open.',
  },
]

export const reasonFor = ({ at, documented, served }: Difference): string | undefined =>
  served === 'nothing' && notThereYet.has(documented) ? 'Not there yet.' : accepted.find((each) => each.at.test(at))?.reason
