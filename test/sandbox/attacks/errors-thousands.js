// Tries: thousands of errors, each with all it can carry
// Contained by: throw, time
function attack() {
  let error = new Error("x".repeat(1000000))
  for (let i = 0; i < 5000; i++) error = new AggregateError([error], "y".repeat(10000), { cause: error })
  error.stack = "at x (Attack:1:1)\n".repeat(1000000)
  throw error
}
