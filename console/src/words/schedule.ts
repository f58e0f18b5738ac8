/** Words of schedules. They load with the first page that shows one. */

export const scheduleWords = {
  everyMinutes: (n: number) => (n === 1 ? 'Every minute' : `Every ${n} minutes`),
  hourlyAt: (minute: string) => `Every hour at :${minute}`,
  everyHours: (n: number, minute: string) => `Every ${n} hours at :${minute}`,
  dailyAt: (time: string) => `Daily at ${time}`,
  weeklyAt: (days: string, time: string) => `${days} at ${time}`,
  days: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  weekdays: 'Weekdays',
  next: 'Next runs',
  nextOf: (name: string) => `Next runs of ${name}`,
  noNext: 'It does not run by itself.',
  disabled: 'It is disabled: it does not run.',
} as const
