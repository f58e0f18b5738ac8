// Tries: an endless loop in a getter of the result
// Contained by: time
function attack() { return { get x() { for (;;); } } }
