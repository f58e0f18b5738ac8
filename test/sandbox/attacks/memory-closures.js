// Tries: closures until memory is full
// Contained by: memory, time, throw
function attack() {
  let chain = () => 0
  for (;;) { const before = chain; const held = new Array(1000).fill(0); chain = () => before() + held.length }
}
