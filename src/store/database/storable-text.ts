/** Texts from outside as PostgreSQL stores them: every character but U+0000, and whole pairs of surrogates. */
export const toStorable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()
