/** Which pieces of a text the index of messages is asked for: messages are indexed by pieces of four characters, at every second place. */

/** Characters of a piece, as `sluice.message_keys` cuts them. */
const length = 4
/** Pieces that are asked for: each makes the index compare more, and few are enough to tell messages apart. */
const mostPieces = 6
/** Of these, those with the most digits: numbers are what is rare in messages. */
const mostOfNumbers = 3

/** Where a message holds the text, it holds either all of the ones or all of the others: nobody knows at which place the text begins in it. */
export interface MessagePieces {
  readonly odd: readonly string[]
  readonly even: readonly string[]
}

/** Undefined for a text that is too short. */
export function findPieces(text: string): MessagePieces | undefined {
  const characters = Array.from(text)
  if (characters.length <= length) return undefined
  const piecesFrom = (start: number): string[] => {
    const pieces: string[] = []
    for (let at = start; at + length <= characters.length; at += 2) pieces.push(characters.slice(at, at + length).join(''))
    return choose([...new Set(pieces)])
  }
  return { odd: piecesFrom(0), even: piecesFrom(1) }
}

function choose(pieces: readonly string[]): string[] {
  const numbers = pieces
    .map((piece) => ({ piece, digits: piece.replaceAll(/\D/g, '').length }))
    .filter(({ digits }) => digits > 0)
    .toSorted((a, b) => b.digits - a.digits)
    .slice(0, mostOfNumbers)
    .map(({ piece }) => piece)
  const others = pieces.filter((piece) => !numbers.includes(piece))
  const step = Math.max(1, Math.ceil(others.length / (mostPieces - numbers.length)))
  return [...numbers, ...others.filter((_piece, place) => place % step === 0)]
}
