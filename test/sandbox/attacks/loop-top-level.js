// Tries: an endless loop before any function is called
// Contained by: time
for (;;);
function attack() {}
