/** Words of the way in. They load with its page. */

export const signInWords = {
  signIn: {
    title: 'Sign in',
    email: 'Email',
    password: 'Password',
    token: 'Access token',
    tokenHint: 'It is sent once and not kept in the browser.',
    submit: 'Sign in',
    withToken: 'Use an access token',
    withPassword: 'Use a password',
    withProvider: (name: string) => `Sign in with ${name}`,
    or: 'or',
    again: 'Begin again',
  },
} as const
