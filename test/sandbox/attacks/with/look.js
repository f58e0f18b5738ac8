// For attacks that name it: what they got hold of, and whether it leads out of their realm.
const reached = []
/** Whether a value is of another realm, or leads to one. */
function look(name, value) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return
  try {
    const make = value.constructor.constructor
    if (make !== Function) reached.push(`${name}: another realm`)
    if (make('return typeof process')() !== 'undefined') reached.push(`${name}: process`)
  } catch {}
}
