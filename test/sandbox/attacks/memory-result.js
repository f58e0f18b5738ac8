// Tries: a result that is written down until memory is full
// Contained by: memory, time, throw, result
function attack() {
  const part = 'x'.repeat(1_000_000)
  return { toJSON: () => Array.from({ length: 1000 }, () => part) }
}
