// Changes a field of a file in an archive, in place: node edit-archive.js ARCHIVE PATH FIELD VALUE
import { readFileSync, writeFileSync } from 'node:fs'
import { fromBufferPromise } from 'yauzl'
import { ZipFile } from 'yazl'

const [archivePath, path, field, value] = process.argv.slice(2)
const read = await fromBufferPromise(readFileSync(archivePath), { lazyEntries: true })
const written = new ZipFile()
for await (const entry of read.eachEntry()) {
  const chunks = []
  for await (const chunk of await read.openReadStreamPromise(entry)) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const content = entry.fileName === path ? JSON.stringify({ ...JSON.parse(text), [field]: value }, null, 2) : text
  written.addBuffer(Buffer.from(content), entry.fileName)
}
written.end()
const bytes = []
for await (const chunk of written.outputStream) bytes.push(chunk)
writeFileSync(archivePath, Buffer.concat(bytes))
