// Tries: recursion without an end
// Contained by: throw
function attack() { return attack() + 1 }
