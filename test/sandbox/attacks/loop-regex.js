// Tries: a regular expression that backtracks for ever
// Contained by: time
function attack() { return /^(a+)+$/.test("a".repeat(60) + "!") }
