/** Words of the page where a user sets a password. They load with it. */

export const welcomeWords = {
  title: 'Set your password',
  hint: (characters: number) => `At least ${characters} characters. The link works once; you are signed in right after.`,
  password: 'New password',
  again: 'New password again',
  differ: 'The two are not the same.',
  submit: 'Set password and sign in',
} as const
