// Tries: the callers of its function, through arguments and caller
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  probe('callee', () => {
    const { caller } = arguments.callee
    return caller && caller !== attack ? caller : undefined
  })
  probe('caller', () => attack.caller)
  probe('arguments', () => {
    const { caller } = attack
    return caller && caller.arguments
  })
  return reached.length > 0 ? reached : 'nothing'
}
