export { Catalogues, LANGUAGES, type Language, type Params } from './catalogues.js';
export { formatInstant, type InstantStyle } from './format-instant.js';
export { differences } from './differences.js';
