// Tries: an endless loop in the message of what is thrown
// Contained by: time
function attack() { throw { get message() { for (;;); } } }
