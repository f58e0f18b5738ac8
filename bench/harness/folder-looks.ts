/** Goes through a folder look by look, as an export of files does, in a process of its own. */
import { filesAtOnce, type Beginning } from '../../src/engine/adaptors/files/listing/next-files.ts'
import { boundHeapGrowth } from '../../src/program/memory.ts'
import { fileSystemTransport } from '../../src/engine/adaptors/file-system/transport.ts'

interface Asked {
  readonly root: string
  readonly folder: string
}

const megabyte = 1024 * 1024

boundHeapGrowth()

process.on('message', ({ root, folder }: Asked) => {
  void look(root, folder).then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit())
process.send?.({})

async function look(root: string, folder: string): Promise<object> {
  const transport = fileSystemTransport(root, 'env')
  const before = process.memoryUsage.rss()
  let [files, looks, longestMs, largest] = [0, 0, 0, before]
  const began = performance.now()
  for (let beginning: Beginning | undefined, isAll = false; !isAll;) {
    const from = performance.now()
    const wanted = { fits: () => true, startsWith: '', order: 'name' as const, beginning, most: filesAtOnce }
    const { found, end } = await transport.list(folder, wanted)
    files += found.length
    looks += 1
    longestMs = Math.max(longestMs, performance.now() - from)
    largest = Math.max(largest, process.memoryUsage.rss())
    if (end) beginning = { after: end }
    else isAll = true
  }
  return { files, looks, longestMs, ms: performance.now() - began, addedMb: (largest - before) / megabyte }
}
