// Tries: an endless loop while a module is loaded
// Contained by: time
import dayjs from 'dayjs'
while (dayjs) {}
export function attack() {}
