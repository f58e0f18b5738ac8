// Tries: keys that would change prototypes where they are read
// Contained by: nothing
function attack() {
  return JSON.parse('["nothing", {"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}]')[0]
}
