/** Puts a token where the connection has requests carry it. */
import type { HttpRequest } from '../message.ts'
import { withBodyParameter } from '../body-parameter.ts'
import type { Auth } from '../auth/sign-in.ts'

type Token = NonNullable<Auth['token']>
export type Place = Pick<Token, 'location' | 'headerName' | 'scheme' | 'paramName'>

const nameInQuery = ({ paramName }: Place): string => paramName ?? 'access_token'

/** The query parameter that carries it: what holds it is not fit to be stored. */
export const queryParameterOf = (place: Place): string | undefined => (place.location === 'url' ? nameInQuery(place) : undefined)

export function placeToken(request: HttpRequest, place: Place, token: string): HttpRequest {
  if (place.location === 'url') {
    const url = new URL(request.url)
    url.searchParams.set(nameInQuery(place), token)
    return { ...request, url: url.href }
  }
  // Without a name for it, the token gets into the body by the template that asks for it.
  if (place.location === 'body') return place.paramName === undefined ? request : withBodyParameter(request, place.paramName, token)
  const scheme = (place.scheme ?? 'Bearer').trim()
  const name = (place.headerName || 'Authorization').toLowerCase()
  return { ...request, headers: { ...request.headers, [name]: scheme === '' || scheme === 'Custom' ? token : `${scheme} ${token}` } }
}
