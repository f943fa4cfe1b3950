export { Clock, FixedClock, SystemClock } from './clock.js';
export { after, DAY, HOUR, MINUTE, SECOND } from './durations.js';
export { londonWall, londonInstant, type Wall } from './london.js';
export { bankHolidays, isWorkingDay } from './bank-holidays.js';
export { workingDaysAfter } from './working-days.js';
export { slotOf } from './slots.js';
export { quietUntil } from './quiet-hours.js';
