/** What an email address is, to those who are invited and to those who become users: also one of a host without a dot, as within a company. */
export const isEmail = (text: string): boolean => /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(text)
