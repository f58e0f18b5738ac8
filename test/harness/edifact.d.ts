/** What the tests use of a parser of EDIFACT that has no types of its own. */
declare module 'edifact' {
  export class Parser {
    onopensegment: (name: string) => void
    onelement: () => void
    oncomponent: (part: string) => void
    encoding(name: string): void
    write(text: string): void
    end(): void
  }
}
