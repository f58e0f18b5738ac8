// Tries: a getter that gets itself
// Contained by: throw
function attack() { return { get x() { return this.x } } }
