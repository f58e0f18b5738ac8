// Tries: an endless loop while a stack is written
// Contained by: time
Error.prepareStackTrace = () => { for (;;); }
function attack() { throw new Error("x") }
