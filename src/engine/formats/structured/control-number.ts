/** Control numbers of interchanges, as an EDI profile begins them. */
import { maxControlNumber } from '../../../contract/resources/edi-profile.ts'

/** The first that is given: 1 where the profile says none, or no number. */
export function firstControlNumber(profile: { readonly controlNumber?: unknown } | undefined): number {
  const said = Number(profile?.controlNumber ?? 1)
  return Number.isInteger(said) && said > 0 && said <= maxControlNumber ? said : 1
}
