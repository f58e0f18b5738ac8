/** Rows of a spreadsheet as the clipboard has them: cells with tabs between them, or with commas where there is no tab. Cells in quotes may hold both. */

/** Characters that are read: more than any table that is taken. */
const most = 20_000_000

export function readPasted(text: string): readonly (readonly string[])[] {
  const delimiter = text.includes('\t') ? '\t' : text.includes(';') && !text.includes(',') ? ';' : ','
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let isQuoted = false
  const end = Math.min(text.length, most)
  for (let at = 0; at < end; at++) {
    const sign = text[at] as string
    if (isQuoted) {
      if (sign !== '"') cell += sign
      else if (text[at + 1] === '"') {
        cell += '"'
        at++
      } else isQuoted = false
    } else if (sign === '"' && cell === '') isQuoted = true
    else if (sign === delimiter || sign === '\n') {
      row.push(cell)
      cell = ''
      if (sign === '\n') {
        rows.push(row)
        row = []
      }
    } else if (sign !== '\r') cell += sign
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell])
  return rows.map((each) => each.map((value) => value.trim())).filter((each) => each.some((value) => value !== ''))
}
