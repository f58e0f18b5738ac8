/** Words of requests that fail without a sentence of the server. */

export const requestWords = {
  answered: (status: number) => `The server answered ${status}.`,
  unreachable: 'The server cannot be reached. What you typed is still here: try again in a moment.',
} as const
